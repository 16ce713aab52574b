#include "sim/math.hpp"

#include <algorithm>
#include <cmath>

namespace assay::sim {
namespace {

/// 2^(i/128) as a double, and what is missing relative to it.
struct ExpEntry {
  double power;
  double tail;
};

constexpr double polynomial(const std::array<double, 8>& coefficients, double x) {
  double value = coefficients[7];
  for (std::size_t i = 7; i-- > 0;) value = value * x + coefficients[i];
  return value;
}

// Both tables were computed with 300 bits and rounded to the nearest.
const std::array<ExpEntry, 128> kExpTable = {{
    {0x1.0000000000000p+0, 0x0.0p+0},
    {0x1.0163da9fb3335p+0, 0x1.b3b4f1a88bf6ep-54},
    {0x1.02c9a3e778061p+0, -0x1.160139cd8dc5dp-56},
    {0x1.04315e86e7f85p+0, -0x1.05e7a108766d1p-54},
    {0x1.059b0d3158574p+0, 0x1.cd2523567f613p-55},
    {0x1.0706b29ddf6dep+0, -0x1.bce8023f98efap-55},
    {0x1.0874518759bc8p+0, 0x1.0f74e61e6c861p-57},
    {0x1.09e3ecac6f383p+0, 0x1.0a3e45b33d399p-54},
    {0x1.0b5586cf9890fp+0, 0x1.79aa65d837b6dp-54},
    {0x1.0cc922b7247f7p+0, 0x1.eb51a92fdeffcp-55},
    {0x1.0e3ec32d3d1a2p+0, 0x1.ebe3d702f9cd1p-60},
    {0x1.0fb66affed31bp+0, -0x1.a033489906e0bp-57},
    {0x1.11301d0125b51p+0, -0x1.556522a2fbd0ep-54},
    {0x1.12abdc06c31ccp+0, -0x1.080ef8c4eea55p-58},
    {0x1.1429aaea92de0p+0, -0x1.1c923b9d5f416p-54},
    {0x1.15a98c8a58e51p+0, 0x1.0d3e3e95c55afp-55},
    {0x1.172b83c7d517bp+0, -0x1.01b15eaa59348p-55},
    {0x1.18af9388c8deap+0, -0x1.f1ff055de323dp-55},
    {0x1.1a35beb6fcb75p+0, 0x1.b898c3f1353bfp-55},
    {0x1.1bbe084045cd4p+0, -0x1.6d99c7611eb26p-54},
    {0x1.1d4873168b9aap+0, 0x1.aecf73e3a2f60p-54},
    {0x1.1ed5022fcd91dp+0, -0x1.fe782cb86389dp-55},
    {0x1.2063b88628cd6p+0, 0x1.a6f4144a6c38dp-55},
    {0x1.21f49917ddc96p+0, 0x1.07a05b0e4047dp-55},
    {0x1.2387a6e756238p+0, 0x1.68efde3a8a894p-54},
    {0x1.251ce4fb2a63fp+0, 0x1.75e18f274487dp-55},
    {0x1.26b4565e27cddp+0, 0x1.0472b981fe7f2p-55},
    {0x1.284dfe1f56381p+0, -0x1.6b87b3f71085ep-54},
    {0x1.29e9df51fdee1p+0, 0x1.2f7e16d09ab31p-55},
    {0x1.2b87fd0dad990p+0, -0x1.d219b1a6fbffap-60},
    {0x1.2d285a6e4030bp+0, 0x1.b3782720c0ab4p-55},
    {0x1.2ecafa93e2f56p+0, 0x1.e149289cecb8fp-57},
    {0x1.306fe0a31b715p+0, 0x1.34d754db0abb6p-55},
    {0x1.32170fc4cd831p+0, 0x1.64201e2ac744cp-55},
    {0x1.33c08b26416ffp+0, 0x1.fdd395dd3f84ap-55},
    {0x1.356c55f929ff1p+0, -0x1.6a3803b8e5b04p-55},
    {0x1.371a7373aa9cbp+0, -0x1.24aedcc4b5068p-54},
    {0x1.38cae6d05d866p+0, -0x1.907f81b512d8ep-54},
    {0x1.3a7db34e59ff7p+0, -0x1.1d1e83e9436d2p-56},
    {0x1.3c32dc313a8e5p+0, -0x1.91919b3ce1b15p-54},
    {0x1.3dea64c123422p+0, 0x1.59f48a72a4c6dp-55},
    {0x1.3fa4504ac801cp+0, -0x1.312607a28698ap-54},
    {0x1.4160a21f72e2ap+0, -0x1.8a78f4817895bp-58},
    {0x1.431f5d950a897p+0, -0x1.c2c9b67499a1bp-56},
    {0x1.44e086061892dp+0, 0x1.363ed60c2ac11p-59},
    {0x1.46a41ed1d0057p+0, 0x1.666093b0664efp-54},
    {0x1.486a2b5c13cd0p+0, 0x1.ecce1daa10379p-57},
    {0x1.4a32af0d7d3dep+0, 0x1.3ff8e3f0f1230p-54},
    {0x1.4bfdad5362a27p+0, 0x1.690cebb7aafb0p-56},
    {0x1.4dcb299fddd0dp+0, 0x1.31dbdeb54e077p-54},
    {0x1.4f9b2769d2ca7p+0, -0x1.f94340071a38ep-55},
    {0x1.516daa2cf6642p+0, -0x1.7deccdc93a349p-55},
    {0x1.5342b569d4f82p+0, -0x1.8dec6bd0f385fp-56},
    {0x1.551a4ca5d920fp+0, -0x1.61246ec7b5cf6p-55},
    {0x1.56f4736b527dap+0, 0x1.3350518fdd78ep-54},
    {0x1.58d12d497c7fdp+0, 0x1.b98b72f8a9b05p-56},
    {0x1.5ab07dd485429p+0, 0x1.063e1e21c5409p-54},
    {0x1.5c9268a5946b7p+0, 0x1.4c7855019c6eap-60},
    {0x1.5e76f15ad2148p+0, 0x1.432e62b64c035p-54},
    {0x1.605e1b976dc09p+0, -0x1.ce44a6199769fp-55},
    {0x1.6247eb03a5585p+0, -0x1.c33c53bef4da8p-55},
    {0x1.6434634ccc320p+0, -0x1.45378892be9aep-55},
    {0x1.6623882552225p+0, -0x1.3cedd78565858p-54},
    {0x1.68155d44ca973p+0, 0x1.710aa807e1964p-58},
    {0x1.6a09e667f3bcdp+0, -0x1.3b3efbf5e2228p-54},
    {0x1.6c012750bdabfp+0, -0x1.a12ad8734b982p-57},
    {0x1.6dfb23c651a2fp+0, -0x1.367efb86da9eep-57},
    {0x1.6ff7df9519484p+0, -0x1.0dc3d54e08851p-55},
    {0x1.71f75e8ec5f74p+0, -0x1.81f647e5a3ecfp-56},
    {0x1.73f9a48a58174p+0, -0x1.6ee4ac08b7db0p-55},
    {0x1.75feb564267c9p+0, -0x1.619321e55e68ap-55},
    {0x1.780694fde5d3fp+0, 0x1.09ccb5e09d4d3p-54},
    {0x1.7a11473eb0187p+0, -0x1.b32dcb94da51dp-56},
    {0x1.7c1ed0130c132p+0, 0x1.4ecfd5467c06bp-54},
    {0x1.7e2f336cf4e62p+0, 0x1.5ebe1abd66c55p-57},
    {0x1.80427543e1a12p+0, -0x1.8a1c52fb3cf42p-55},
    {0x1.82589994cce13p+0, -0x1.369b6f13b3734p-54},
    {0x1.8471a4623c7adp+0, -0x1.05e843a19ff1ep-55},
    {0x1.868d99b4492edp+0, -0x1.4d450d872576ep-54},
    {0x1.88ac7d98a6699p+0, 0x1.0ad675b0e8a00p-54},
    {0x1.8ace5422aa0dbp+0, 0x1.db72fc1f0eab4p-55},
    {0x1.8cf3216b5448cp+0, -0x1.5b6609cc5e7ffp-57},
    {0x1.8f1ae99157736p+0, 0x1.bf68359f35f44p-56},
    {0x1.9145b0b91ffc6p+0, -0x1.3091fa71e3d83p-54},
    {0x1.93737b0cdc5e5p+0, -0x1.da9b88b6c1e29p-58},
    {0x1.95a44cbc8520fp+0, -0x1.c23f97c90b959p-57},
    {0x1.97d829fde4e50p+0, -0x1.2434322f4f9aap-54},
    {0x1.9a0f170ca07bap+0, -0x1.5ca6cd7668e4bp-55},
    {0x1.9c49182a3f090p+0, 0x1.1affc2b91ce27p-56},
    {0x1.9e86319e32323p+0, 0x1.dd235e10a73bbp-57},
    {0x1.a0c667b5de565p+0, -0x1.7c50422622263p-55},
    {0x1.a309bec4a2d33p+0, 0x1.b1c86e3e231d5p-55},
    {0x1.a5503b23e255dp+0, -0x1.1bbd1d3bcbb15p-54},
    {0x1.a799e1330b358p+0, 0x1.0cc319cee31d2p-54},
    {0x1.a9e6b5579fdbfp+0, 0x1.469846e735ab3p-55},
    {0x1.ac36bbfd3f37ap+0, -0x1.2dfcd978e9db4p-55},
    {0x1.ae89f995ad3adp+0, 0x1.c1a7792cb3387p-55},
    {0x1.b0e07298db666p+0, -0x1.07b8f4ad1d9fap-54},
    {0x1.b33a2b84f15fbp+0, -0x1.5c3d956dcaebap-58},
    {0x1.b59728de5593ap+0, -0x1.0a40e3da6f640p-54},
    {0x1.b7f76f2fb5e47p+0, -0x1.8d6f438ad9334p-57},
    {0x1.ba5b030a1064ap+0, -0x1.1eee26b588a35p-54},
    {0x1.bcc1e904bc1d2p+0, 0x1.4ffd70a5fddcdp-56},
    {0x1.bf2c25bd71e09p+0, -0x1.1bdfbfa9298acp-54},
    {0x1.c199bdd85529cp+0, 0x1.36eae30af0cb3p-56},
    {0x1.c40ab5fffd07ap+0, 0x1.ee3325c9ffd94p-55},
    {0x1.c67f12e57d14bp+0, 0x1.4e08fd10959acp-55},
    {0x1.c8f6d9406e7b5p+0, 0x1.3cdaf384e1a67p-57},
    {0x1.cb720dcef9069p+0, 0x1.76b2c6c921968p-57},
    {0x1.cdf0b555dc3fap+0, -0x1.08a1883ccb5d2p-55},
    {0x1.d072d4a07897cp+0, -0x1.fad5d3ffffa6fp-55},
    {0x1.d2f87080d89f2p+0, -0x1.00dae3875a949p-54},
    {0x1.d5818dcfba487p+0, 0x1.4a385a63d07a7p-56},
    {0x1.d80e316c98398p+0, -0x1.2919e2040220fp-55},
    {0x1.da9e603db3285p+0, 0x1.e5a50d5c192acp-55},
    {0x1.dd321f301b460p+0, 0x1.43a59ac016b4bp-55},
    {0x1.dfc97337b9b5fp+0, -0x1.2d52107b43e1fp-55},
    {0x1.e264614f5a129p+0, -0x1.92ab93b470dc9p-55},
    {0x1.e502ee78b3ff6p+0, 0x1.4b604603a88d3p-56},
    {0x1.e7a51fbc74c83p+0, 0x1.3c5ec519d7271p-55},
    {0x1.ea4afa2a490dap+0, -0x1.ff7128fd391f0p-55},
    {0x1.ecf482d8e67f1p+0, -0x1.dae98e223747dp-55},
    {0x1.efa1bee615a27p+0, 0x1.ec3bc41aa2008p-55},
    {0x1.f252b376bba97p+0, 0x1.42b94c3a9eb32p-55},
    {0x1.f50765b6e4540p+0, 0x1.a64a931d185eep-55},
    {0x1.f7bfdad9cbe14p+0, -0x1.e37bae43be3edp-55},
    {0x1.fa7c1819e90d8p+0, 0x1.7893b4d91cd9dp-56},
    {0x1.fd3c22b8f71f1p+0, 0x1.305c14160cc89p-58},
}};

}  // namespace

// x = (128 e + i) log(2)/128 + r with |r| <= log(2)/256, so exp(x) = 2^e 2^(i/128) exp(r); the
// series of exp(r) is cut at r^5 / 120. Source: Tang, "Table-driven implementation of the
// exponential function in IEEE floating-point arithmetic", ACM TOMS 1989.
double exp(double x) {
  constexpr double kStepHigh = 0x1.62e42fefc0000p-8;  // 35 bits: its product with k is exact
  constexpr double kStepLow = -0x1.c610ca86c3899p-44;
  constexpr double kStepsPerUnit = 0x1.71547652b82fep+7;
  constexpr double kRounder = 0x1.8p52;  // adding it leaves the nearest integer in the low bits
  SIM_CHECK(x <= 709.7827);              // false for NaN too
  if (x < -745.2) return 0.0;
  const double shifted = x * kStepsPerUnit + kRounder;
  const double steps = shifted - kRounder;
  const auto k = static_cast<std::int64_t>(steps);
  const double r = (x - steps * kStepHigh) - steps * kStepLow;
  const ExpEntry& entry = kExpTable[static_cast<std::size_t>(k & 127)];
  const double r2 = r * r;
  const double series =
      (entry.tail + r) + r2 * ((1.0 / 2 + r * (1.0 / 6)) + r2 * (1.0 / 24 + r * (1.0 / 120)));
  const double fraction = entry.power + entry.power * series;
  const std::int64_t e = k >> 7;
  const auto power_of_two = [](std::int64_t exponent) {
    return std::bit_cast<double>(static_cast<std::uint64_t>(exponent + 1023) << 52);
  };
  if (e >= -1021 && e <= 1023) return fraction * power_of_two(e);
  if (e > 1023) return fraction * 0x1.0p1023 * power_of_two(e - 1023);
  return fraction * power_of_two(e + 100) * 0x1.0p-100;
}

double pow(double base, double exponent) {
  if (base == 0.0) {
    SIM_CHECK(exponent > 0.0);
    return 0.0;
  }
  return exp(exponent * log(base));
}

double normal_quantile(double p) {
  SIM_CHECK(p > 0.0 && p < 1.0);
  const double q = p - 0.5;
  if (std::fabs(q) <= 0.425) {
    constexpr std::array<double, 8> kA = {3.3871328727963666080e0,  1.3314166789178437745e+2,
                                          1.9715909503065514427e+3, 1.3731693765509461125e+4,
                                          4.5921953931549871457e+4, 6.7265770927008700853e+4,
                                          3.3430575583588128105e+4, 2.5090809287301226727e+3};
    constexpr std::array<double, 8> kB = {1.0,
                                          4.2313330701600911252e+1,
                                          6.8718700749205790830e+2,
                                          5.3941960214247511077e+3,
                                          2.1213794301586595867e+4,
                                          3.9307895800092710610e+4,
                                          2.8729085735721942674e+4,
                                          5.2264952788528545610e+3};
    const double r = 0.180625 - q * q;
    return q * polynomial(kA, r) / polynomial(kB, r);
  }
  const double tail = q < 0.0 ? p : 1.0 - p;
  double r = std::sqrt(-log(tail));
  double value = 0.0;
  if (r <= 5.0) {
    constexpr std::array<double, 8> kC = {1.42343711074968357734e0,  4.63033784615654529590e0,
                                          5.76949722146069140550e0,  3.64784832476320460504e0,
                                          1.27045825245236838258e0,  2.41780725177450611770e-1,
                                          2.27238449892691845833e-2, 7.74545014278341407640e-4};
    constexpr std::array<double, 8> kD = {1.0,
                                          2.05319162663775882187e0,
                                          1.67638483018380384940e0,
                                          6.89767334985100004550e-1,
                                          1.48103976427480074590e-1,
                                          1.51986665636164571966e-2,
                                          5.47593808499534494600e-4,
                                          1.05075007164441684324e-9};
    r -= 1.6;
    value = polynomial(kC, r) / polynomial(kD, r);
  } else {
    constexpr std::array<double, 8> kE = {6.65790464350110377720e0,  5.46378491116411436990e0,
                                          1.78482653991729133580e0,  2.96560571828504891230e-1,
                                          2.65321895265761230930e-2, 1.24266094738807843860e-3,
                                          2.71155556874348757815e-5, 2.01033439929228813265e-7};
    constexpr std::array<double, 8> kF = {1.0,
                                          5.99832206555887937690e-1,
                                          1.36929880922735805310e-1,
                                          1.48753612908506148525e-2,
                                          7.86869131145613259100e-4,
                                          1.84631831751005468180e-5,
                                          1.42151175831644588870e-7,
                                          2.04426310338993978564e-15};
    r -= 5.0;
    value = polynomial(kE, r) / polynomial(kF, r);
  }
  return q < 0.0 ? -value : value;
}

const std::array<LogEntry, 128> kLogTable = {{
    {0x1.6000000000000p-1, 0x1.745d1745d1746p+0, -0x1.7fafa3bd81000p-2, -0x1.46fb79bf6d4cbp-44},
    {0x1.6200000000000p-1, 0x1.724287f46debcp+0, -0x1.79e26687d0000p-2, 0x1.309c168817444p-44},
    {0x1.6400000000000p-1, 0x1.702e05c0b8170p+0, -0x1.741d876c68000p-2, 0x1.13a7b5b11cfa7p-44},
    {0x1.6600000000000p-1, 0x1.6e1f76b4337c7p+0, -0x1.6e60ee6af2000p-2, 0x1.a37a6a0f7749ep-44},
    {0x1.6800000000000p-1, 0x1.6c16c16c16c17p+0, -0x1.68ac83e9c7000p-2, 0x1.7af966c548a30p-44},
    {0x1.6a00000000000p-1, 0x1.6a13cd1537290p+0, -0x1.630030b3ab000p-2, 0x1.db623e731ae00p-45},
    {0x1.6c00000000000p-1, 0x1.6816816816817p+0, -0x1.5d5bddf596000p-2, 0x1.a0b2a08a465dcp-47},
    {0x1.6e00000000000p-1, 0x1.661ec6a5122f9p+0, -0x1.57bf753c8d000p-2, -0x1.fadedee5d40efp-46},
    {0x1.7000000000000p-1, 0x1.642c8590b2164p+0, -0x1.522ae0738a000p-2, -0x1.ebe708164c759p-45},
    {0x1.7200000000000p-1, 0x1.623fa77016240p+0, -0x1.4c9e09e173000p-2, 0x1.e20891b0ad8a4p-45},
    {0x1.7400000000000p-1, 0x1.6058160581606p+0, -0x1.4718dc271c000p-2, -0x1.06c18fb4c14c5p-44},
    {0x1.7600000000000p-1, 0x1.5e75bb8d015e7p+0, -0x1.419b423d5f000p-2, 0x1.ce379226de3ecp-44},
    {0x1.7800000000000p-1, 0x1.5c9882b931057p+0, -0x1.3c25277333000p-2, -0x1.83b54b606bd5cp-46},
    {0x1.7a00000000000p-1, 0x1.5ac056b015ac0p+0, -0x1.36b6776be1000p-2, -0x1.16ecdb0f177c8p-46},
    {0x1.7c00000000000p-1, 0x1.58ed2308158edp+0, -0x1.314f1e1d36000p-2, 0x1.8e27ad3213cb8p-45},
    {0x1.7e00000000000p-1, 0x1.571ed3c506b3ap+0, -0x1.2bef07cdc9000p-2, -0x1.a9cfa4a5004f4p-45},
    {0x1.8000000000000p-1, 0x1.5555555555555p+0, -0x1.269621134e000p-2, 0x1.1b61f10522625p-44},
    {0x1.8200000000000p-1, 0x1.5390948f40febp+0, -0x1.214456d0ec000p-2, 0x1.caf0428b728a3p-44},
    {0x1.8400000000000p-1, 0x1.51d07eae2f815p+0, -0x1.1bf99635a7000p-2, 0x1.1ac89575c2125p-44},
    {0x1.8600000000000p-1, 0x1.5015015015015p+0, -0x1.16b5ccbad0000p-2, 0x1.23299042d74bfp-44},
    {0x1.8800000000000p-1, 0x1.4e5e0a72f0539p+0, -0x1.1178e8227e000p-2, -0x1.1ef78ce2d07f2p-44},
    {0x1.8a00000000000p-1, 0x1.4cab88725af6ep+0, -0x1.0c42d67616000p-2, -0x1.7188b163ceae9p-45},
    {0x1.8c00000000000p-1, 0x1.4afd6a052bf5bp+0, -0x1.07138604d6000p-2, 0x1.e76324e912b17p-44},
    {0x1.8e00000000000p-1, 0x1.49539e3b2d067p+0, -0x1.01eae5626c000p-2, -0x1.a43dcfade85aep-44},
    {0x1.9000000000000p-1, 0x1.47ae147ae147bp+0, -0x1.f991c6cb3c000p-3, 0x1.90d04cd7cc834p-44},
    {0x1.9200000000000p-1, 0x1.460cbc7f5cf9ap+0, -0x1.ef5ade4dd0000p-3, 0x1.a211565bb8e11p-51},
    {0x1.9400000000000p-1, 0x1.446f86562d9fbp+0, -0x1.e530effe72000p-3, 0x1.fdbdbb13f7c18p-44},
    {0x1.9600000000000p-1, 0x1.42d6625d51f87p+0, -0x1.db13db0d48000p-3, -0x1.2806a847527e6p-44},
    {0x1.9800000000000p-1, 0x1.4141414141414p+0, -0x1.d1037f2656000p-3, 0x1.84a7e75b6f6e4p-47},
    {0x1.9a00000000000p-1, 0x1.3fb013fb013fbp+0, -0x1.c6ffbc6f00000p-3, -0x1.ee138d3a69d43p-44},
    {0x1.9c00000000000p-1, 0x1.3e22cbce4a902p+0, -0x1.bd087383be000p-3, 0x1.d4bc4595412b6p-45},
    {0x1.9e00000000000p-1, 0x1.3c995a47babe7p+0, -0x1.b31d8575bc000p-3, -0x1.c794e562a63cbp-44},
    {0x1.a000000000000p-1, 0x1.3b13b13b13b14p+0, -0x1.a93ed3c8ae000p-3, 0x1.8724350562169p-45},
    {0x1.a200000000000p-1, 0x1.3991c2c187f63p+0, -0x1.9f6c40708a000p-3, 0x1.337d94bcd3f43p-44},
    {0x1.a400000000000p-1, 0x1.3813813813814p+0, -0x1.95a5adcf70000p-3, -0x1.7f22858a0ff6fp-47},
    {0x1.a600000000000p-1, 0x1.3698df3de0748p+0, -0x1.8beafeb390000p-3, 0x1.73d54aae92cd1p-47},
    {0x1.a800000000000p-1, 0x1.3521cfb2b78c1p+0, -0x1.823c16551a000p-3, -0x1.e0ddb9a631e83p-46},
    {0x1.aa00000000000p-1, 0x1.33ae45b57bcb2p+0, -0x1.7898d85444000p-3, -0x1.8e67be3dbaf3fp-44},
    {0x1.ac00000000000p-1, 0x1.323e34a2b10bfp+0, -0x1.6f0128b756000p-3, -0x1.577390d31ef0fp-44},
    {0x1.ae00000000000p-1, 0x1.30d190130d190p+0, -0x1.6574ebe8c2000p-3, 0x1.98c1d34f0f462p-44},
    {0x1.b000000000000p-1, 0x1.2f684bda12f68p+0, -0x1.5bf406b544000p-3, 0x1.27023eb68981cp-46},
    {0x1.b200000000000p-1, 0x1.2e025c04b8097p+0, -0x1.527e5e4a1c000p-3, 0x1.4e60b8d4b411dp-44},
    {0x1.b400000000000p-1, 0x1.2c9fb4d812ca0p+0, -0x1.4913d8333c000p-3, 0x1.53e43558124c4p-44},
    {0x1.b600000000000p-1, 0x1.2b404ad012b40p+0, -0x1.3fb45a5992000p-3, -0x1.19713c0cae559p-44},
    {0x1.b800000000000p-1, 0x1.29e4129e4129ep+0, -0x1.365fcb015a000p-3, 0x1.fd3a0afb9691bp-44},
    {0x1.ba00000000000p-1, 0x1.288b01288b013p+0, -0x1.2d1610c868000p-3, -0x1.39d6ccb81b4a1p-47},
    {0x1.bc00000000000p-1, 0x1.27350b8812735p+0, -0x1.23d712a49c000p-3, -0x1.00d238fd3df5cp-46},
    {0x1.be00000000000p-1, 0x1.25e22708092f1p+0, -0x1.1aa2b7e240000p-3, 0x1.1ac38dde3b366p-44},
    {0x1.c000000000000p-1, 0x1.2492492492492p+0, -0x1.1178e8227e000p-3, -0x1.1ef78ce2d07f2p-45},
    {0x1.c200000000000p-1, 0x1.23456789abcdfp+0, -0x1.08598b59e4000p-3, 0x1.7e5dd7009902cp-45},
    {0x1.c400000000000p-1, 0x1.21fb78121fb78p+0, -0x1.fe89139dbc000p-4, -0x1.56594d82f7a82p-44},
    {0x1.c600000000000p-1, 0x1.20b470c67c0d9p+0, -0x1.ec739830a0000p-4, -0x1.11fcba80cdd10p-44},
    {0x1.c800000000000p-1, 0x1.1f7047dc11f70p+0, -0x1.da72763844000p-4, -0x1.a89401fa71733p-46},
    {0x1.ca00000000000p-1, 0x1.1e2ef3b3fb874p+0, -0x1.c885801bc4000p-4, -0x1.646d1c65aacd3p-45},
    {0x1.cc00000000000p-1, 0x1.1cf06ada2811dp+0, -0x1.b6ac88dad4000p-4, -0x1.b1bdff50225c7p-44},
    {0x1.ce00000000000p-1, 0x1.1bb4a4046ed29p+0, -0x1.a4e7640b1c000p-4, 0x1.e42b6b94407c8p-47},
    {0x1.d000000000000p-1, 0x1.1a7b9611a7b96p+0, -0x1.9335e5d594000p-4, -0x1.3115c3abd47dap-45},
    {0x1.d200000000000p-1, 0x1.19453808ca29cp+0, -0x1.8197e2f410000p-4, 0x1.c0fe460d20041p-44},
    {0x1.d400000000000p-1, 0x1.1811811811812p+0, -0x1.700d30aeac000p-4, -0x1.c1e8da99ded32p-49},
    {0x1.d600000000000p-1, 0x1.16e0689427379p+0, -0x1.5e95a4d978000p-4, -0x1.1cb7ce1d17171p-44},
    {0x1.d800000000000p-1, 0x1.15b1e5f75270dp+0, -0x1.4d3115d208000p-4, 0x1.53a2582f4e1efp-48},
    {0x1.da00000000000p-1, 0x1.1485f0e0acd3bp+0, -0x1.3bdf5a7d20000p-4, 0x1.19bd0ad125895p-44},
    {0x1.dc00000000000p-1, 0x1.135c81135c811p+0, -0x1.2aa04a4470000p-4, -0x1.7a48ba8b1cb41p-44},
    {0x1.de00000000000p-1, 0x1.12358e75d3033p+0, -0x1.1973bd1464000p-4, -0x1.566d154f930b3p-44},
    {0x1.e000000000000p-1, 0x1.1111111111111p+0, -0x1.08598b59e4000p-4, 0x1.7e5dd7009902cp-46},
    {0x1.e200000000000p-1, 0x1.0fef010fef011p+0, -0x1.eea31c0068000p-5, -0x1.c3dd83606d891p-44},
    {0x1.e400000000000p-1, 0x1.0ecf56be69c90p+0, -0x1.ccb73cddd8000p-5, -0x1.965c36e09f5fep-44},
    {0x1.e600000000000p-1, 0x1.0db20a88f4696p+0, -0x1.aaef2d0fb0000p-5, -0x1.0fc1a353bb42ep-45},
    {0x1.e800000000000p-1, 0x1.0c9714fbcda3bp+0, -0x1.894aa149f8000p-5, -0x1.9a19a8be97661p-44},
    {0x1.ea00000000000p-1, 0x1.0b7e6ec259dc8p+0, -0x1.67c94f2d48000p-5, -0x1.dac20827cca0cp-44},
    {0x1.ec00000000000p-1, 0x1.0a6810a6810a7p+0, -0x1.466aed42e0000p-5, 0x1.c167375bdfd28p-45},
    {0x1.ee00000000000p-1, 0x1.0953f39010954p+0, -0x1.252f32f8d0000p-5, -0x1.83e9ae021b67bp-45},
    {0x1.f000000000000p-1, 0x1.0842108421084p+0, -0x1.0415d89e78000p-5, 0x1.dddc7f461c516p-44},
    {0x1.f200000000000p-1, 0x1.073260a47f7c6p+0, -0x1.c63d2ec150000p-6, 0x1.5439ce030a687p-44},
    {0x1.f400000000000p-1, 0x1.0624dd2f1a9fcp+0, -0x1.8492528c90000p-6, 0x1.aa0ba325a0c34p-45},
    {0x1.f600000000000p-1, 0x1.05197f7d73404p+0, -0x1.432a925980000p-6, -0x1.98139928637fep-47},
    {0x1.f800000000000p-1, 0x1.0410410410410p+0, -0x1.0205658930000p-6, -0x1.611d27c8e8417p-44},
    {0x1.fa00000000000p-1, 0x1.03091b51f5e1ap+0, -0x1.82448a3880000p-7, -0x1.4554412c584e0p-44},
    {0x1.fc00000000000p-1, 0x1.0204081020408p+0, -0x1.0101575880000p-7, -0x1.bce251998b506p-44},
    {0x1.fe00000000000p-1, 0x1.0101010101010p+0, -0x1.0080559580000p-8, -0x1.166afcb31c67bp-45},
    {0x1.0000000000000p+0, 0x1.0000000000000p+0, 0x0.0p+0, 0x0.0p+0},
    {0x1.0200000000000p+0, 0x1.fc07f01fc07f0p-1, 0x1.fe02a6b100000p-8, 0x1.9e23f0dda40e4p-46},
    {0x1.0400000000000p+0, 0x1.f81f81f81f820p-1, 0x1.fc0a8b0fc0000p-7, 0x1.f1e7cf6d3a69cp-50},
    {0x1.0600000000000p+0, 0x1.f44659e4a4271p-1, 0x1.7b91b07d60000p-6, -0x1.3b955b602ace4p-44},
    {0x1.0800000000000p+0, 0x1.f07c1f07c1f08p-1, 0x1.f829b0e780000p-6, 0x1.980267c7e09e4p-45},
    {0x1.0a00000000000p+0, 0x1.ecc07b301ecc0p-1, 0x1.39e87b9fe8000p-5, 0x1.eafd480ad9015p-44},
    {0x1.0c00000000000p+0, 0x1.e9131abf0b767p-1, 0x1.77458f6330000p-5, -0x1.181dce586af09p-44},
    {0x1.0e00000000000p+0, 0x1.e573ac901e574p-1, 0x1.b42dd71198000p-5, -0x1.c827ae5d6704cp-46},
    {0x1.1000000000000p+0, 0x1.e1e1e1e1e1e1ep-1, 0x1.f0a30c0118000p-5, -0x1.d599e83368e91p-45},
    {0x1.1200000000000p+0, 0x1.de5d6e3f8868ap-1, 0x1.16536eea38000p-4, -0x1.47c5e768fa309p-46},
    {0x1.1400000000000p+0, 0x1.dae6076b981dbp-1, 0x1.341d7961bc000p-4, 0x1.1d09299837610p-44},
    {0x1.1600000000000p+0, 0x1.d77b654b82c34p-1, 0x1.51b073f060000p-4, 0x1.83f69278e686ap-44},
    {0x1.1800000000000p+0, 0x1.d41d41d41d41dp-1, 0x1.6f0d28ae58000p-4, -0x1.4b4641b664613p-44},
    {0x1.1a00000000000p+0, 0x1.d0cb58f6ec074p-1, 0x1.8c345d6318000p-4, 0x1.b20f5acb42a66p-44},
    {0x1.1c00000000000p+0, 0x1.cd85689039b0bp-1, 0x1.a926d3a4ac000p-4, 0x1.563650bd22a9cp-44},
    {0x1.1e00000000000p+0, 0x1.ca4b3055ee191p-1, 0x1.c5e548f5bc000p-4, 0x1.d0c57585fbe06p-46},
    {0x1.2000000000000p+0, 0x1.c71c71c71c71cp-1, 0x1.e27076e2b0000p-4, -0x1.a342c2af0003cp-45},
    {0x1.2200000000000p+0, 0x1.c3f8f01c3f8f0p-1, 0x1.fec9131dc0000p-4, -0x1.54555d1ae6607p-44},
    {0x1.2400000000000p+0, 0x1.c0e070381c0e0p-1, 0x1.0d77e7cd08000p-3, 0x1.cb2cd2ee2f482p-44},
    {0x1.2600000000000p+0, 0x1.bdd2b899406f7p-1, 0x1.1b72ad52f6000p-3, 0x1.e80a41811a396p-45},
    {0x1.2800000000000p+0, 0x1.bacf914c1bad0p-1, 0x1.29552f8200000p-3, -0x1.5b967f4471dfcp-44},
    {0x1.2a00000000000p+0, 0x1.b7d6c3dda338bp-1, 0x1.371fc201e8000p-3, 0x1.ee8779b2d8abcp-44},
    {0x1.2c00000000000p+0, 0x1.b4e81b4e81b4fp-1, 0x1.44d2b6ccb8000p-3, -0x1.70cc16135783cp-46},
    {0x1.2e00000000000p+0, 0x1.b2036406c80d9p-1, 0x1.526e5e3a1c000p-3, -0x1.790ba37fc5238p-44},
    {0x1.3000000000000p+0, 0x1.af286bca1af28p-1, 0x1.5ff3070a7a000p-3, -0x1.8586f183bebf2p-44},
    {0x1.3200000000000p+0, 0x1.ac5701ac5701bp-1, 0x1.6d60fe719e000p-3, -0x1.bc6e557134767p-44},
    {0x1.3400000000000p+0, 0x1.a98ef606a63bep-1, 0x1.7ab890210e000p-3, -0x1.bdb9072534a58p-45},
    {0x1.3600000000000p+0, 0x1.a6d01a6d01a6dp-1, 0x1.87fa06520c000p-3, 0x1.22120401202fcp-44},
    {0x1.3800000000000p+0, 0x1.a41a41a41a41ap-1, 0x1.9525a9cf46000p-3, -0x1.297137d9f158fp-44},
    {0x1.3a00000000000p+0, 0x1.a16d3f97a4b02p-1, 0x1.a23bc1fe2c000p-3, -0x1.539cd91dc9f0bp-44},
    {0x1.3c00000000000p+0, 0x1.9ec8e951033d9p-1, 0x1.af3c94e80c000p-3, -0x1.a4e633fcd9066p-52},
    {0x1.3e00000000000p+0, 0x1.9c2d14ee4a102p-1, 0x1.bc286742d8000p-3, 0x1.9ac53f39d121cp-44},
    {0x1.4000000000000p+0, 0x1.999999999999ap-1, 0x1.c8ff7c79aa000p-3, -0x1.7794f689f8434p-45},
    {0x1.4200000000000p+0, 0x1.970e4f80cb872p-1, 0x1.d5c216b4fc000p-3, -0x1.1ba91bbca681bp-45},
    {0x1.4400000000000p+0, 0x1.948b0fcd6e9e0p-1, 0x1.e27076e2b0000p-3, -0x1.a342c2af0003cp-44},
    {0x1.4600000000000p+0, 0x1.920fb49d0e229p-1, 0x1.ef0adcbdc6000p-3, -0x1.b26b79c86af24p-45},
    {0x1.4800000000000p+0, 0x1.8f9c18f9c18fap-1, 0x1.fb9186d5e4000p-3, -0x1.d572aab993c87p-47},
    {0x1.4a00000000000p+0, 0x1.8d3018d3018d3p-1, 0x1.0402594b4d000p-2, 0x1.036b89ef42d7fp-48},
    {0x1.4c00000000000p+0, 0x1.8acb90f6bf3aap-1, 0x1.0a324e2739000p-2, 0x1.c6bee7ef4030ep-47},
    {0x1.4e00000000000p+0, 0x1.886e5f0abb04ap-1, 0x1.1058bf9ae5000p-2, -0x1.4ab9d817d52cdp-44},
    {0x1.5000000000000p+0, 0x1.8618618618618p-1, 0x1.1675cababa000p-2, 0x1.8380e731f55c4p-44},
    {0x1.5200000000000p+0, 0x1.83c977ab2beddp-1, 0x1.1c898c169a000p-2, -0x1.81410e5c62affp-44},
    {0x1.5400000000000p+0, 0x1.8181818181818p-1, 0x1.22941fbcf8000p-2, -0x1.a6976f5eb0963p-44},
    {0x1.5600000000000p+0, 0x1.7f405fd017f40p-1, 0x1.2895a13de8000p-2, 0x1.a8d7ad24c13f0p-44},
    {0x1.5800000000000p+0, 0x1.7d05f417d05f4p-1, 0x1.2e8e2bae12000p-2, -0x1.67b1e99b72bd8p-45},
    {0x1.5a00000000000p+0, 0x1.7ad2208e0ecc3p-1, 0x1.347dd9a988000p-2, -0x1.5594dd4c58092p-45},
    {0x1.5c00000000000p+0, 0x1.78a4c8178a4c8p-1, 0x1.3a64c55694000p-2, 0x1.7a71cbcd735d0p-44},
    {0x1.5e00000000000p+0, 0x1.767dce434a9b1p-1, 0x1.404308686a000p-2, 0x1.f8ef43049f7d3p-44},
}};

double sample_quantile(std::vector<double> sample, double p) {
  SIM_CHECK(!sample.empty() && p >= 0.0 && p <= 1.0);
  std::sort(sample.begin(), sample.end());
  const double position = p * static_cast<double>(sample.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  if (below + 1 == sample.size()) return sample.back();
  const double part = position - static_cast<double>(below);
  return sample[below] + part * (sample[below + 1] - sample[below]);
}

}  // namespace assay::sim
