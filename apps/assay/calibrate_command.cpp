#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "analysis/build_info.hpp"
#include "analysis/numbers.hpp"
#include "analysis/result_folder.hpp"
#include "analysis/statistics.hpp"
#include "apps/assay/commands.hpp"
#include "apps/assay/execution.hpp"
#include "apps/assay/running.hpp"
#include "gpu_backend/calibration/calibration.hpp"
#include "gpu_backend/calibration/profile_of.hpp"
#include "gpu_backend/training/workload.hpp"
#include "gpu_backend/worker/backends.hpp"
#include "protocol/scenario/error.hpp"
#include "protocol/scenario/nearest.hpp"

namespace assay::apps {
namespace {

namespace fs = std::filesystem;
using protocol::ProfileFile;

[[noreturn]] void refuse(const std::string& text) {
  throw protocol::ConfigError(protocol::Complaint{"", 0, 0, text});
}

/// Where the steps run.
struct Target {
  bool gpu = false;
  unsigned index = 0;
};

Target target_of(const std::string& device) {
  constexpr std::string_view kGpu = "cuda:";
  if (device == "cpu") return {};
  const std::string_view number =
      device.starts_with(kGpu) ? std::string_view(device).substr(kGpu.size()) : "";
  const bool digits = !number.empty() && number.size() <= 3 &&
                      number.find_first_not_of("0123456789") == std::string_view::npos;
  if (digits) return {true, static_cast<unsigned>(std::stoul(std::string(number)))};
  refuse(fmt::format("--device: found {}, expected cpu or cuda:0{}", protocol::shown(device),
                     protocol::did_you_mean(device, std::vector<std::string>{"cpu", "cuda:0"})));
}

/// A list that names nothing twice.
template <class T>
void check_once(const char* option, std::vector<T> list) {
  std::sort(list.begin(), list.end());
  const auto again = std::adjacent_find(list.begin(), list.end());
  if (again == list.end()) return;
  refuse(fmt::format("{}: found {} twice, expected it once", option,
                     protocol::shown(fmt::format("{}", *again))));
}

/// A name that stands twice would be measured twice, or written twice into the profile.
void check_lists(const CalibrateOptions& options) {
  check_once("--backend", options.backends);
  check_once("--workloads", options.workloads);
  check_once("--compare", options.compared);
  check_once("--intervals", options.intervals);
}

/// The back ends to measure: as asked for, else what was built for the device.
std::vector<std::string> chosen_backends(const CalibrateOptions& options, const Target& target) {
  std::vector<std::string> names;
  const std::string_view prefix = target.gpu ? "cuda" : "cpu";
  const std::string native = fmt::format("torch-{}", prefix);
  const std::string exact = fmt::format("{}-repops", prefix);
  for (const std::string& name : options.backends) {
    try {
      backend::require_built(name);
    } catch (const std::invalid_argument& error) {
      refuse(fmt::format("--backend: {}", error.what()));
    }
    if (name != native && name != exact) {
      refuse(fmt::format("--backend: {} does not compute on {}, expected {} or {}", name,
                         options.device, native, exact));
    }
    names.push_back(name);
  }
  if (!names.empty()) return names;
  for (const std::string& name : {native, exact}) {
    if (backend::is_built(name)) names.push_back(name);
  }
  if (names.empty()) {
    refuse(fmt::format("--device: found {}, but neither {} nor {} was built here", options.device,
                       native, exact));
  }
  return names;
}

/// A worker's command line; `settings` are variables of its environment.
backend::WorkerKind kind_of(const fs::path& worker, const std::string& backend,
                            const std::vector<std::string>& settings, int threads) {
  backend::WorkerKind kind{backend, {}};
  if (!settings.empty()) kind.command = {"env"};
  for (const std::string& setting : settings) {
    kind.command.push_back(setting);
    kind.name += ", " + setting;
  }
  if (threads != 1) kind.name += fmt::format(", {} threads", threads);
  const std::vector<std::string> serve{worker.string(), "serve",     "--backend",
                                       backend,         "--threads", std::to_string(threads)};
  kind.command.insert(kind.command.end(), serve.begin(), serve.end());
  return kind;
}

void check_workload(const char* option, const std::string& name) {
  try {
    static_cast<void>(backend::workload(name));
  } catch (const std::invalid_argument& error) {
    refuse(fmt::format("{}: {}", option, error.what()));
  }
}

/// `gpt-1m`, or `gpt-1m:32` for segments of 32 steps.
void add_compared(const std::string& text, const std::vector<std::uint64_t>& intervals,
                  backend::CalibrationTask& task) {
  const std::size_t colon = text.find(':');
  const std::string name = text.substr(0, colon);
  check_workload("--compare", name);
  std::vector<std::uint64_t> steps = intervals;
  if (colon != std::string::npos) {
    const std::string number = text.substr(colon + 1);
    const bool digits = !number.empty() && number.size() <= 6 &&
                        number.find_first_not_of("0123456789") == std::string::npos;
    const std::uint64_t value = digits ? std::stoull(number) : 0;
    if (value < 2 || value > 100'000) {
      refuse(
          fmt::format("--compare: found {}, expected 2 to 100000 steps behind the colon, such as "
                      "{}:32",
                      protocol::shown(text), name));
    }
    steps = {value};
  }
  for (const std::uint64_t interval : steps) task.compared.push_back({name, "", interval});
}

std::vector<std::string> default_workloads(const Target& target, bool quick) {
  if (quick) return {"mlp-1m", "resnet-tiny", "gpt-1m"};
  if (target.gpu) return {"mlp-16m", "resnet-300k", "gpt-1m", "gpt-7m", "gpt-30m", "gpt-124m"};
  return {"mlp-1m", "mlp-16m", "resnet-tiny", "resnet-300k", "gpt-1m", "gpt-7m", "gpt-124m"};
}

/// What is ahead, before it begins.
void announce(const backend::CalibrationTask& task) {
  fmt::print(stderr,
             "assay: at most about {:.0f} min, longer where a step takes seconds; workloads: {}, "
             "timed for {:g} s each; comparisons: {}, of at most {:g} s, {} at a time\n",
             std::max(1.0, std::ceil(backend::expected_seconds(task) / 60.0)),
             task.workloads.size(), task.seconds, task.compared.size() * task.precisions.size(),
             task.comparison.seconds, task.comparisons_at_once);
}

backend::CalibrationTask task_of(const CalibrateOptions& options, const Target& target,
                                 const fs::path& worker) {
  const std::vector<std::string> backends = chosen_backends(options, target);
  std::vector<std::string> device;
  if (target.gpu) {
    device = {"CUDA_DEVICE_ORDER=PCI_BUS_ID",  // as the energy's counters are numbered
              fmt::format("CUDA_VISIBLE_DEVICES={}", target.index)};
  }
  const auto kind = [&](const std::string& backend, std::vector<std::string> more = {},
                        int threads = 1) {
    more.insert(more.end(), device.begin(), device.end());
    return kind_of(worker, backend, more, threads);
  };
  const auto native = std::find_if_not(backends.begin(), backends.end(), backend::is_bitwise);
  const auto exact = std::find_if(backends.begin(), backends.end(), backend::is_bitwise);
  backend::CalibrationTask task;
  task.native_is_bitwise = native == backends.end();
  task.native = kind(task.native_is_bitwise ? *exact : *native);
  if (!task.native_is_bitwise && exact != backends.end()) task.bitwise = kind(*exact);
  // Other kernels and instruction sets stand for other hardware; beside a GPU the processor is one.
  if (target.gpu) {
    const char* const processor = task.native_is_bitwise ? "cpu-repops" : "torch-cpu";
    if (backend::is_built(processor)) task.others.push_back(kind_of(worker, processor, {}, 1));
  } else if (task.native_is_bitwise) {
    task.others.push_back(kind(*exact, {}, 2));
  } else {
    for (const char* setting : {"OPENBLAS_CORETYPE=Haswell", "OPENBLAS_CORETYPE=Sandybridge",
                                "OPENBLAS_CORETYPE=Prescott", "ATEN_CPU_CAPABILITY=default",
                                "DNNL_MAX_CPU_ISA=AVX512_CORE"}) {
      task.others.push_back(kind(*native, {setting}));
    }
    if (std::thread::hardware_concurrency() > 1) task.others.push_back(kind(*native, {}, 2));
  }
  task.precisions = {"fp32", "bf16"};
  task.workloads = options.workloads;
  if (task.workloads.empty()) task.workloads = default_workloads(target, options.quick);
  std::vector<std::string> compared = options.compared;
  if (compared.empty()) {
    compared = {"mlp-1m", "mlp-1m-sgd", "gpt-tiny", "resnet-tiny"};
    if (options.quick) compared = {"mlp-1m", "gpt-tiny"};
    if (!options.quick) compared.insert(compared.end(), {"gpt-1m", "gpt-tiny:32", "mlp-1m:32"});
  }
  for (const std::string& text : compared) add_compared(text, options.intervals, task);
  task.comparison.held_out = options.held_out.value_or(options.quick ? 8 : 72);
  // A card's claims are checked by one core of the processor, and nobody else may use the card.
  task.comparison.seconds = options.compare_seconds.value_or(options.quick ? 5.0
                                                             : target.gpu  ? 30.0
                                                                           : 80.0);
  task.comparisons_at_once =
      target.gpu ? 1 : std::clamp(std::thread::hardware_concurrency(), 1u, 2u);
  if (options.quick) {
    task.seconds = 0.5;
    task.most_steps = 40;
    task.comparison.later = 4;
  }
  for (const std::string& name : task.workloads) check_workload("--workloads", name);
  return task;
}

// ---- Under which conditions -----------------------------------------------------------------

std::string first_line(const fs::path& file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  return line;
}

/// The value behind the first `key : value` of a file.
std::string fact_in(const fs::path& file, std::string_view key) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    const std::size_t colon = line.find(": ");
    if (!line.starts_with(key) || colon == std::string::npos) continue;
    return line.substr(std::min(line.find_first_not_of(' ', colon + 1), line.size()));
  }
  return "unknown";
}

std::string machine_text(const std::string& device) {
  const fs::path processor = "/proc/cpuinfo";
  utsname kernel{};
  ::uname(&kernel);
  return fmt::format("{}; {} (family {}, model {}), {} processors seen, {}; {} {}", device,
                     fact_in(processor, "model name"), fact_in(processor, "cpu family"),
                     fact_in(processor, "model\t"), std::thread::hardware_concurrency(),
                     fact_in("/proc/meminfo", "MemTotal"), kernel.sysname, kernel.release);
}

std::string clocks_text() {
  const fs::path scaling = "/sys/devices/system/cpu/cpu0/cpufreq";
  const std::string governor = first_line(scaling / "scaling_governor");
  if (governor.empty()) return "no clock control is visible (a virtual machine, or none)";
  return fmt::format("governor {}, at most {} kHz", governor,
                     first_line(scaling / "cpuinfo_max_freq"));
}

std::string conditions_text(const backend::Calibration& calibration, const std::string& load_before,
                            const std::string& energy_source,
                            const std::optional<ProfileFile>& base, const std::string& said) {
  double drift = 0.0;
  for (const backend::TimedSteps& timed : calibration.times) {
    if (timed.cheat != "honest") continue;  // steps that are left out have nothing to drift
    if (std::abs(timed.drift) > std::abs(drift)) drift = timed.drift;
  }
  std::string text = fmt::format(
      "load averages {} before and {} after; {}; the largest drift of a measurement from its first "
      "to its last quarter {:+.1f} %; {}",
      load_before, first_line("/proc/loadavg"), clocks_text(), 100.0 * drift,
      energy_source.empty() ? "no energy counter can be read, so that power is the catalogue's"
                            : "energy by " + energy_source);
  if (base) {
    text += fmt::format("; what was not measured now is that of {}, {} (sha256 {})", base->name,
                        base->made.date, base->sha256);
  }
  const std::string clocks = calibration.clocks.text();
  if (!clocks.empty()) text += "; while steps ran: " + clocks;
  if (!said.empty()) text += "; " + said;
  for (const std::string& what : calibration.left_out) text += "; left out: " + what;
  return text;
}

std::string today() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  ::gmtime_r(&now, &utc);
  return fmt::format("{:04}-{:02}-{:02}", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday);
}

std::string command_text(const CalibrateOptions& options) {
  std::string text = "assay calibrate --device " + options.device;
  for (const std::string& name : options.backends) text += " --backend " + shell_quoted(name);
  const auto list = [&](const char* flag, const std::vector<std::string>& names) {
    if (!names.empty()) text += fmt::format(" {} {}", flag, fmt::join(names, ","));
  };
  list("--workloads", options.workloads);
  list("--compare", options.compared);
  text += fmt::format(" --intervals {}", fmt::join(options.intervals, ","));
  if (options.compare_seconds)
    text += fmt::format(" --compare-seconds {}", *options.compare_seconds);
  if (options.quick) text += " --quick";
  if (options.held_out) text += fmt::format(" --held-out {}", *options.held_out);
  if (!options.base.empty()) text += " --base " + shell_quoted(options.base);
  if (!options.as.empty()) text += " --as " + shell_quoted(options.as);
  return text;
}

// ---- What people see --------------------------------------------------------------------------

class CalibrationLine {
 public:
  CalibrationLine() : terminal_(rewrites_lines()) {}
  CalibrationLine(const CalibrationLine&) = delete;
  CalibrationLine& operator=(const CalibrationLine&) = delete;
  ~CalibrationLine() {
    if (terminal_ && !last_.empty()) std::fputs("\r\x1b[K", stderr);
  }
  /// On a terminal one line that is rewritten; elsewhere one for each new thing that is done.
  void show(const backend::CalibrationProgress& progress) {
    const std::string text = fmt::format("{:3.0f} %: {}", 100.0 * progress.share, progress.doing);
    if (terminal_) {
      fmt::print(stderr, "\r{}\x1b[K", text);
      std::fflush(stderr);
    } else if (std::find(shown_.begin(), shown_.end(), progress.doing) == shown_.end()) {
      shown_.push_back(progress.doing);
      fmt::print(stderr, "{}\n", text);
    }
    last_ = progress.doing;
  }

 private:
  bool terminal_;
  std::string last_;
  std::vector<std::string> shown_;
};

std::string rate_text(const std::optional<protocol::HeldOut>& held_out, bool accepted) {
  if (!held_out) return "not recorded";
  const std::uint64_t counted = accepted ? held_out->of - held_out->rejected : held_out->rejected;
  const auto k = static_cast<std::int64_t>(counted);
  const auto n = static_cast<std::int64_t>(held_out->of);
  return fmt::format("{} ({} of {})",
                     analysis::estimate_text({static_cast<double>(k) / static_cast<double>(n),
                                              analysis::clopper_pearson(k, n)},
                                             analysis::unit_of("share")),
                     k, n);
}

void say_profile(const ProfileFile& profile, const std::string& device) {
  fmt::print("{:<16} {:<12} {:<10} {}\n", "model", "back end", "precision", "step");
  for (const ProfileFile::Step& step : profile.steps) {
    if (step.device != device || step.origin.kind != "measured") continue;
    fmt::print("{:<16} {:<12} {:<10} {}\n", step.model, step.backend, step.precision, step.figure);
  }
  for (const ProfileFile::Comparison& row : profile.comparisons) {
    if (!row.honest.held_out) continue;
    fmt::print("\n{}: tolerance {:.3g} of the movement; honest median {:.3g}, rejected {}\n",
               row.name, row.tolerance_share_of_movement, row.honest.median_share_of_movement,
               rate_text(row.honest.held_out, false));
    for (const ProfileFile::Behaviour& cheat : row.behaviours) {
      fmt::print("  {:<22} costs {:3.0f} %, median {:.3g}, accepted {}\n", cheat.name,
                 100.0 * cheat.cost_share, cheat.distance.median_share_of_movement,
                 rate_text(cheat.distance.held_out, true));
    }
  }
}

/// What is written down of the options must be text, and not found otherwise after ten minutes.
void check_texts(const CalibrateOptions& options) {
  ProfileFile probe;
  probe.made.command = command_text(options);
  probe.made.conditions = options.note;
  try {
    static_cast<void>(protocol::profile_text(probe));
  } catch (const std::exception&) {
    refuse("--note, --as or --base: found bytes that are no text, expected text in UTF-8");
  }
}

/// Replaces `output` by a profile that can be read.
ProfileFile put_in_place(const std::string& text, const std::string& output) {
  const std::string beside = output + ".new";
  analysis::replace_file(beside, text);
  ProfileFile written;
  try {
    written = protocol::read_profile(beside, "");
  } catch (const protocol::ConfigError& error) {
    throw std::runtime_error(
        fmt::format("what was measured makes no profile that can be used, and is left in {}: {}",
                    beside, error.what()));
  }
  fs::rename(beside, output);
  return written;
}

}  // namespace

int calibrate(const CalibrateOptions& options) {
  check_lists(options);
  const Target target = target_of(options.device);
  check_output_file(options.output);
  const fs::path worker = worker_program(options.worker);
  const backend::CalibrationTask task = task_of(options, target, worker);
  backend::ProfileTerms terms;
  if (!options.base.empty()) terms.base = protocol::read_profile(options.base, "");
  check_texts(options);
  const auto meter = target.gpu ? backend::gpu_meter(target.index) : backend::processor_meter();
  if (meter) terms.energy_source = meter->source();

  announce(task);
  const std::string load = first_line("/proc/loadavg");
  std::optional<backend::Calibration> calibration;
  {
    const StopOnSignal stop;
    CalibrationLine line;
    calibration = backend::calibrate(task, meter.get(), stop.asked(),
                                     [&](const auto& progress) { line.show(progress); });
  }
  if (!calibration) {
    fmt::print(stderr, "assay: interrupted: nothing was written\n");
    return 1;
  }
  terms.gpu = target.gpu;
  terms.device = options.as.empty() ? calibration->native.device : options.as;
  terms.name = fmt::format("{}, measured {}", terms.device, today());
  std::string software =
      fmt::format("{}; {}", analysis::version_line(), calibration->native.software);
  if (calibration->bitwise) software += "; " + calibration->bitwise->software;
  terms.made = {today(), command_text(options), machine_text(calibration->native.device), software,
                conditions_text(*calibration, load, terms.energy_source, terms.base, options.note)};
  const ProfileFile profile = backend::profile_of(*calibration, terms);
  const std::string text = protocol::profile_text(profile);
  const ProfileFile written = put_in_place(text, options.output);
  say_profile(written, terms.device);
  for (const std::string& what : calibration->left_out) fmt::print("left out: {}\n", what);
  if (!written.comparisons.empty()) {
    fmt::print("\na scenario takes it so: execution: {{kind: profile, file: {}, comparison: {}}}\n",
               options.output, written.comparisons.back().name);
  }
  fmt::print("profile: {}\nsha256: {}\n", options.output, written.sha256);
  return 0;
}

}  // namespace assay::apps
