// A management library with one GPU that draws 250 J between two looks at it.
extern "C" {

int nvmlInit_v2() { return 0; }

int nvmlDeviceGetHandleByIndex_v2(unsigned index, void** device) {
  static int gpu = 0;
  *device = &gpu;
  return index == 0 ? 0 : 2;  // 2: invalid argument
}

int nvmlDeviceGetTotalEnergyConsumption(void* /*device*/, unsigned long long* millijoules) {
  static unsigned long long drawn = 5'000'000;
  *millijoules = drawn += 250'000;
  return 0;
}

int nvmlDeviceGetClockInfo(void* /*device*/, int type, unsigned* megahertz) {
  *megahertz = type == 1 ? 1980 : 0;
  return 0;
}

int nvmlDeviceGetCurrentClocksThrottleReasons(void* /*device*/, unsigned long long* reasons) {
  *reasons = 4;  // the power cap
  return 0;
}
}
