#include <algorithm>
#include <cmath>
#include <vector>

#include "protocol/execution/analytic.hpp"
#include "protocol/execution/profile.hpp"
#include "protocol/execution/profile_file.hpp"
#include "protocol/execution/step_time.hpp"
#include "tests/catch.hpp"
#include "tests/protocol/data_files.hpp"

using namespace assay;
using namespace assay::protocol;
using namespace std::chrono_literals;

namespace {

constexpr Chance kChance{11};
constexpr WorkloadId kFirst{0};

Profile published(const Setting& setting, const std::string& mode = "tolerance") {
  Profile::Params params;
  params.file = data_file("profile_published.json");
  params.mode.mode = mode;
  return Profile(params, setting);
}

Analytic::Params one_model(const std::string& name) {
  Analytic::Params params;
  params.models.resize(1);
  params.models[0].name = name;
  return params;
}

SegmentTruth segment_of(std::uint64_t lease, BehaviourId behaviour) {
  return {lease, 3, behaviour, kFirst, device("RTX 4090")};
}

}  // namespace

template <class Act>
bool complains(Act&& act, const std::string& part) {
  try {
    act();
  } catch (const ConfigError& error) {
    return std::string(error.what()).find(part) != std::string::npos;
  }
  return false;
}

TEST_CASE("a step moves to another device by the rate that bounds each class", "[protocol]") {
  const Device from{"a", "Ampere", 10e12, 100e12, 1e12, {}, {}};
  const Device to{"b", "Ada", 40e12, 50e12, 2e12, {}, {}};
  const StepTime moved = transfer({6.0, 3.0, 1.0}, Products::Half, from, to);
  CHECK(moved.matrix_s == 12.0);  // half the matrix rate
  CHECK(moved.memory_s == 1.5);   // twice the bandwidth
  CHECK(moved.overhead_s == 1.0);
  // fp32 units are a tenth as fast as matrix units on `from`.
  CHECK(bitwise({6.0, 3.0, 1.0}, Products::Half, from, 1.5).total() ==
        Approx(6.0 * 10.0 * 1.5 + 4.0));
  CHECK(generations_between("Ampere", "Hopper") == 2);
  CHECK(generations_between("Ampere", "Vega") > generations_between("Pascal", "Blackwell"));
  CHECK(reach("Ampere", "Hopper") == Reach::Near);
  CHECK(reach("Volta", "Volta") == Reach::Same);
  CHECK(reach("Turing", "Ampere") == Reach::Far);
  CHECK(reach("Hopper", "Blackwell") == Reach::Far);
  CHECK(reach("Zen 4", "Hopper") == Reach::Apart);
}

TEST_CASE("products in fp32 and tf32 move by the rate of their own units", "[protocol]") {
  const Device old{"o", "Volta", 10e12, 100e12, 1e12, {}, {}};
  const Device from{"a", "Ampere", 10e12, 100e12, 1e12, {}, {}};
  const Device to{"b", "Ada", 40e12, 50e12, 1e12, {}, {}};
  const StepTime products{6.0, 0.0, 0.0};
  CHECK(transfer(products, Products::Fp32, from, to).matrix_s == 1.5);   // 10 to 40
  CHECK(transfer(products, Products::Tf32, from, to).matrix_s == 12.0);  // 50 to 25
  CHECK(transfer(products, Products::Tf32, old, to).matrix_s == Approx(6.0 * 10.0 / 25.0));
  // In fp32 they are on no matrix units that they could leave: only the order of sums costs.
  CHECK(bitwise(products, Products::Fp32, from, 1.5).total() == 9.0);
  CHECK(bitwise(products, Products::Tf32, from, 1.5).total() == Approx(6.0 * 5.0 * 1.5));
  CHECK(bitwise(products, Products::Tf32, old, 1.5).total() == 9.0);
  for (const std::string_view precision : kPrecisions) CHECK(products_of(precision));
  CHECK_FALSE(products_of("fp64"));
}

TEST_CASE("a profile's fp32 rows move by fp32 rates, and say what judges them", "[protocol]") {
  ProfileFile file = read_profile(data_file("profile_published.json").resolved, "");
  for (ProfileFile::Step& row : file.steps) {
    if (row.model == "gpt-1.3b") row.precision = "fp32";
  }
  const TempFile text(profile_text(file));
  const Setting setting = setting_with({"gpt-1.3b", "gpt2-124m"});
  Profile::Params params;
  params.file = text.file();
  const Profile profile(params, setting);
  // RTX 3090 from the A100 (both Ampere), shares 0.82, 0.16 and 0.02: 19.49 to 35.58 TFLOPS in
  // fp32.
  CHECK(1.0 / profile.relative_time(kFirst, device("A100")) ==
        Approx(0.82 * 19.49 / 35.58 + 0.16 * 2040 / 936.2 + 0.02));
  const Work work{kFirst, 1h, 1};
  const auto seconds = [](const Cost& cost) {
    return sim::to_seconds(cost.length - cost.commitment);
  };
  CHECK(seconds(profile.rerun(work, device("A100"))) ==
        Approx((0.82 * 1.3 + 0.18) * seconds(profile.reexecution(work, 1, device("A100")))));
  const auto said = [](const Profile& of) {
    for (const Provenance& line : of.provenance()) {
      if (line.cost == "precision of steps and of their comparison") return line.source;
    }
    return std::string();
  };
  CHECK(said(profile) ==
        "steps of gpt2-124m in bf16; steps of gpt-1.3b in fp32; comparison adamw-bf16-1024 in "
        "bf16: they differ, and verdicts and cheats of gpt-1.3b are those of another precision");
  CHECK(said(published(setting_with({"gpt2-124m"}))) ==
        "steps of gpt2-124m in bf16; comparison adamw-bf16-1024 in bf16");
}

TEST_CASE("work on the reference device takes its own time and its checkpoints", "[protocol]") {
  const Setting setting = setting_with({"gpt2-124m"});
  const Profile profile = published(setting);
  const Work work{kFirst, 10h, profile.segments(10h)};
  CHECK(work.segments == 20);
  // 124 M parameters of 12 bytes at 6 GB/s: 0.248 s a checkpoint.
  const Cost cost = profile.cost(work, setting.reference);
  CHECK(cost.commitment == 20 * 248ms);
  CHECK(cost.length == 10h + 20 * 248ms);
  // RTX 3090: 350 W of board, 1.38 at the wall.
  CHECK(cost.joules == Approx(350.0 * 1.38 * (36'000.0 + 4.96)));
  CHECK(profile.checkpoint_bytes(kFirst).count == 1'488'000'000);
  const Cost three = profile.reexecution(work, 3, setting.reference);
  CHECK(three.length == 90min + 3 * 248ms);
  const Cost one = profile.reexecution(work, 1, setting.reference);
  const Cost rerun = profile.rerun(work, setting.reference);
  CHECK(rerun.length > one.length);
  CHECK(rerun.joules / one.joules ==
        Approx(sim::to_seconds(rerun.length) / sim::to_seconds(one.length)));
}

TEST_CASE("a task has a segment for every checkpoint, and at least one", "[protocol]") {
  const Setting setting = setting_with({"gpt2-124m"});
  const Profile profile = published(setting);
  CHECK(profile.segments(1ns) == 1);
  CHECK(profile.segments(30min) == 1);
  CHECK(profile.segments(30min + 1ns) == 2);
  CHECK(profile.segments(24h) == 48);
}

TEST_CASE("measured devices keep the published ratio", "[protocol]") {
  const Setting setting = setting_with({"gpt2-124m", "gpt-1.3b", "resnet-50"});
  const Profile profile = published(setting);
  const auto ratio = [&](int workload, const char* fast, const char* slow) {
    const auto id = static_cast<WorkloadId>(workload);
    return profile.relative_time(id, device(slow)) / profile.relative_time(id, device(fast));
  };
  CHECK(ratio(0, "A100", "RTX 4090") == Approx(218'453.0 / 110'000.0));
  CHECK(ratio(1, "H100", "A100") == Approx(45'455.0 / 20'513.0));
  CHECK(ratio(2, "A100", "V100") == Approx(2470.0 / 1200.0));
}

TEST_CASE("an unmeasured device takes its times from the nearest architecture", "[protocol]") {
  const Setting setting = setting_with({"gpt2-124m"}, {"RTX 4090", "RTX 4070", "V100"});
  const Profile profile = published(setting);
  // RTX 3090 from A100 (Ampere): 0.3 s a step, of it 0.82 matrix at 312 / 71.2 TFLOPS, 0.16 memory
  // at 2040 / 936.2 GB/s and 0.02 overhead: 3.9619 as long. RTX 4070 from RTX 4090 (Ada): 0.78 at
  // 165.2 / 58.3, 0.20 at 1010 / 504.2, 0.02: 2.6309 times 65,536 / 110,000 s.
  const double step_3090 = 65'536.0 / 218'453.0 * (0.82 * 312 / 71.2 + 0.16 * 2040 / 936.2 + 0.02);
  const double step_4070 =
      65'536.0 / 110'000.0 * (0.78 * 165.2 / 58.3 + 0.20 * 1010 / 504.2 + 0.02);
  CHECK(profile.relative_time(kFirst, setting.reference) == 1.0);
  CHECK(profile.relative_time(kFirst, device("RTX 4070")) == Approx(step_4070 / step_3090));
  // Half an hour of reference work in steps of 1.19 s.
  CHECK(profile.steps({kFirst, 30min, 1}) ==
        static_cast<std::uint64_t>(std::ceil(1800.0 / step_3090)));

  bool near = false, far = false, known = false, reference = false;
  for (const Provenance& line : profile.provenance()) {
    INFO(line.cost);
    CHECK_FALSE(line.source.empty());
    if (line.cost == "step time of gpt2-124m on NVIDIA GeForce RTX 4070") {
      near = line.kind == "transferred" && line.low == 0.8 && line.high == 1.25 &&
             line.source.find("RTX 4090") != std::string::npos;
    }
    if (line.cost == "step time of gpt2-124m on NVIDIA Tesla V100 SXM2 16 GB") {
      far = line.kind == "transferred" && line.low == 0.6 && line.high == 1.6;
    }
    if (line.cost == "step time of gpt2-124m on NVIDIA GeForce RTX 3090") {
      // It is transferred too, but work is counted in its hours.
      reference = line.kind == "transferred" && line.low == 1.0 && line.high == 1.0 &&
                  line.source.ends_with("as work is counted in its hours");
    }
    if (line.cost == "step time of gpt2-124m on NVIDIA GeForce RTX 4090") {
      known = line.kind == "published" && line.low == 1.0 && line.high == 1.0;
    }
  }
  CHECK(near);
  CHECK(far);
  CHECK(known);
  CHECK(reference);
}

TEST_CASE("the error bands hold nine in ten transfers between published steps", "[protocol]") {
  // Leave one out: every step of a model on one device moved to each other device on which the same
  // model was published, against the figure published there.
  const Setting setting = setting_with({});
  const ProfileFile profile = read_profile(data_file("profile_published.json").resolved, "");
  const auto on = [&](const ProfileFile::Step& row) -> const Device& {
    return *std::find_if(setting.devices.begin(), setting.devices.end(),
                         [&](const Device& device) { return device.name == row.device; });
  };
  std::vector<double> errors;
  int near = 0;
  int held = 0;
  for (const ProfileFile::Step& from : profile.steps) {
    for (const ProfileFile::Step& to : profile.steps) {
      if (&from == &to || from.model != to.model) continue;
      const StepTime unit{from.matrix_share, from.memory_share, from.overhead_share};
      const double moved =
          transfer(unit, products_of(from.precision).value(), on(from), on(to)).total() /
          from.units_per_s;
      const double off = 1.0 / to.units_per_s / moved;
      const Reach how = reach(on(from).architecture, on(to).architecture);
      const bool far = how == Reach::Far;
      const ProfileFile::Band& band = far ? profile.far : profile.near;
      INFO(from.model << " from " << from.device << " to " << to.device << ": " << off);
      CHECK(how != Reach::Apart);
      errors.push_back(std::abs(off - 1.0));
      near += far ? 0 : 1;
      held += band.low <= off && off <= band.high ? 1 : 0;
    }
  }
  std::sort(errors.begin(), errors.end());
  // docs/measured-cost.md states these: 12 near and 2 far transfers, a median error of 12 %, the
  // largest 26 % (gpt-13b from A100 to H100, the one outside of its band).
  REQUIRE(errors.size() == 14);
  CHECK(near == 12);
  CHECK(held == 13);
  CHECK((errors[6] + errors[7]) / 2.0 == Approx(0.118).margin(0.0005));
  CHECK(errors.back() == Approx(0.256).margin(0.0005));
}

TEST_CASE("an end of the error band moves every step time but the reference's", "[protocol]") {
  const Setting setting = setting_with({"gpt2-124m"}, {"RTX 4090", "RTX 4070", "V100"});
  const auto at = [&](const char* band) {
    Profile::Params params;
    params.file = data_file("profile_published.json");
    params.mode.band = band;
    return Profile(params, setting);
  };
  const Profile low = at("low"), middle = at("middle"), high = at("high");
  const auto factor = [&](const Profile& end, const char* name) {
    return end.relative_time(kFirst, device(name)) / middle.relative_time(kFirst, device(name));
  };
  CHECK(low.relative_time(kFirst, setting.reference) == 1.0);
  CHECK(factor(low, "RTX 4090") == 1.0);  // a published figure, without a band
  CHECK(factor(low, "RTX 4070") == Approx(0.8));
  CHECK(factor(high, "RTX 4070") == Approx(1.25));
  CHECK(factor(low, "V100") == Approx(0.6));
  CHECK(factor(high, "V100") == Approx(1.6));
  const Work work{kFirst, 1h, 1};
  const auto plain = [&](const Profile& profile) {
    const Cost cost = profile.rerun(work, device("RTX 4070"));
    return sim::to_seconds(cost.length - cost.commitment);
  };
  CHECK(plain(high) / plain(middle) == Approx(1.25));
}

TEST_CASE("a bitwise step and a power that were measured are used as they are", "[protocol]") {
  ProfileFile file = read_profile(data_file("profile_published.json").resolved, "");
  file.steps[0].watts = 200.0;  // gpt2-124m on the A100
  ProfileFile::Step bitwise = file.steps[0];
  bitwise.bitwise = true;
  bitwise.units_per_s /= 3.0;
  file.steps.push_back(bitwise);
  const TempFile text(profile_text(file));
  const Setting setting = setting_with({"gpt2-124m"});
  Profile::Params params;
  params.file = text.file();
  const Profile profile(params, setting);
  const Work work{kFirst, 1h, 1};
  const auto seconds = [](const Cost& cost) {
    return sim::to_seconds(cost.length - cost.commitment);
  };
  CHECK(seconds(profile.rerun(work, device("A100"))) ==
        Approx(3.0 * seconds(profile.reexecution(work, 1, device("A100")))));
  const Cost cost = profile.cost(work, device("A100"));
  CHECK(cost.joules == Approx(200.0 * 1.38 * sim::to_seconds(cost.length)));
  // Another card keeps its rated power, and its bitwise step is derived.
  const Cost other = profile.cost(work, device("RTX 3090"));
  CHECK(other.joules == Approx(350.0 * 1.38 * sim::to_seconds(other.length)));
}

TEST_CASE("each arithmetic has a band and a power of its own", "[protocol]") {
  ProfileFile file = read_profile(data_file("profile_published.json").resolved, "");
  file.steps[0].spread = {0.9, 1.2};  // gpt2-124m on the A100, plain
  file.steps[0].watts = 300.0;
  ProfileFile::Step bitwise = file.steps[0];
  bitwise.bitwise = true;
  bitwise.device = "NVIDIA GeForce RTX 4070";  // where the plain step is transferred, 0.8 to 1.25
  bitwise.units_per_s /= 30.0;
  bitwise.spread = {0.95, 1.1};
  bitwise.watts = 150.0;
  file.steps.push_back(bitwise);
  bitwise.device = file.steps[0].device;
  bitwise.watts.reset();
  file.steps.push_back(bitwise);
  const TempFile text(profile_text(file));
  const Setting setting = setting_with({"gpt2-124m"}, {"RTX 4070", "A100"});
  const auto at = [&](const char* band) {
    Profile::Params params;
    params.file = text.file();
    params.mode.band = band;
    return Profile(params, setting);
  };
  const Profile low = at("low"), middle = at("middle"), high = at("high");
  const Work work{kFirst, 1h, 1};
  const auto factor = [&](const Profile& end, const char* name, bool exact) {
    const auto seconds = [&](const Profile& of) {
      const Cost cost =
          exact ? of.rerun(work, device(name)) : of.reexecution(work, 1, device(name));
      return sim::to_seconds(cost.length - cost.commitment);
    };
    return seconds(end) / seconds(middle);
  };
  CHECK(factor(low, "RTX 4070", false) == Approx(0.8));
  CHECK(factor(high, "RTX 4070", false) == Approx(1.25));
  CHECK(factor(low, "RTX 4070", true) == Approx(0.95));
  CHECK(factor(high, "RTX 4070", true) == Approx(1.1));
  CHECK(factor(low, "A100", false) == Approx(0.9));
  CHECK(factor(high, "A100", false) == Approx(1.2));
  CHECK(factor(high, "A100", true) == Approx(1.1));
  // What is derived has the error of the plain step.
  CHECK(factor(high, "RTX 4090", true) == Approx(1.0));
  CHECK(factor(high, "V100", true) == Approx(1.6));
  const auto watts = [&](const char* name, bool exact) {
    const Cost cost =
        exact ? middle.rerun(work, device(name)) : middle.reexecution(work, 1, device(name));
    return cost.joules / sim::to_seconds(cost.length) / 1.38;
  };
  CHECK(watts("RTX 4070", false) == Approx(200.0));  // rated
  CHECK(watts("RTX 4070", true) == Approx(150.0));
  CHECK(watts("A100", false) == Approx(300.0));
  CHECK(watts("A100", true) == Approx(400.0));  // rated: nobody measured it
}

TEST_CASE("a profile may call a device by any of its names", "[protocol]") {
  ProfileFile file = read_profile(data_file("profile_published.json").resolved, "");
  const Setting setting = setting_with({"gpt2-124m"}, {"A100"});
  const auto with = [&](const std::string& name) {
    file.steps[0].device = name;
    const TempFile text(profile_text(file));
    Profile::Params params;
    params.file = text.file();
    return Profile(params, setting);
  };
  const Profile canonical = published(setting);
  const Profile alias = with("A100");
  CHECK(alias.relative_time(kFirst, device("A100")) ==
        canonical.relative_time(kFirst, device("A100")));
  const auto said = alias.provenance();
  CHECK(std::any_of(said.begin(), said.end(), [](const Provenance& line) {
    return line.cost == "step time of gpt2-124m on NVIDIA A100 SXM4 80 GB" &&
           line.kind == "published";
  }));
  CHECK(complains([&] { with("A10O SXM4 80 GB"); }, "did you mean 'A100 SXM4 80 GB'?"));
  CHECK(complains([&] { with("RTX 4090"); },
                  "steps[1].device: found 'NVIDIA GeForce RTX 4090', which is NVIDIA GeForce RTX "
                  "4090 again, expected one row"));
}

TEST_CASE("a scenario names its comparison where a profile has several", "[protocol]") {
  ProfileFile file = read_profile(data_file("profile_published.json").resolved, "");
  file.comparisons.push_back(file.comparisons.front());
  file.comparisons.back().name = "sgd-fp32-16";
  file.comparisons.back().honest.median_share_of_movement = 0.0;
  const TempFile text(profile_text(file));
  const Setting setting = setting_with({"gpt2-124m"});
  Profile::Params params;
  params.file = text.file();
  CHECK(complains([&] { Profile(params, setting); },
                  "execution.comparison: found none, expected adamw-bf16-1024 or sgd-fp32-16"));
  params.comparison = "sgd-fp32-15";
  CHECK(complains([&] { Profile(params, setting); }, "did you mean 'sgd-fp32-16'"));
  params.comparison = "sgd-fp32-16";
  const Profile exact(params, setting);
  CHECK(exact.compare(kChance, segment_of(1, kHonest), device("RTX 4090")).distance == 0.0);
  params.comparison = "adamw-bf16-1024";
  const Profile noisy(params, setting);
  CHECK(noisy.compare(kChance, segment_of(1, kHonest), device("RTX 4090")).distance > 0.0);
}

TEST_CASE("bitwise arithmetic costs what the loss of matrix units costs", "[protocol]") {
  const Setting setting = setting_with({"gpt-1.3b"});
  const Profile plain = published(setting);
  const Profile exact = published(setting, "bitwise");
  const Work work{kFirst, 1h, 1};
  const auto factor = [&](const char* name) {
    const auto length = [&](const Profile& profile) {
      const Cost cost = profile.cost(work, device(name));
      return sim::to_seconds(cost.length - cost.commitment);
    };
    return length(exact) / length(plain);
  };
  // A100: 0.82 of the step at 312 / 19.49 x 1.3, the rest as before.
  CHECK(factor("A100") == Approx(0.82 * 312.0 / 19.49 * 1.3 + 0.18));
  CHECK(factor("RTX 4090") < 2.7);
  CHECK(factor("A100") > 5.0 * factor("RTX 3090"));
  // The requester's cloud does not need it.
  CHECK(exact.relative_time(kFirst, device("A100")) == plain.relative_time(kFirst, device("A100")));
}

TEST_CASE("honest results agree, skipped ones do not", "[protocol]") {
  const Setting setting = setting_with({"gpt2-124m"});
  const Profile profile = published(setting);
  const BehaviourId skip = profile.behaviour("skip");
  CHECK(skip != kHonest);
  CHECK(profile.cost_share(skip) == 0.0);
  CHECK(profile.cost_share(kHonest) == 1.0);
  CHECK(profile.harm(skip) == 1.0);
  CHECK(profile.behaviour("honest") == kHonest);
  // The median honest distance is a fifth of the tolerance, and 5.4e-7 of them lie beyond it; a
  // skipped segment lies at twice the tolerance, 2e-12 within.
  const int n = 40'000;
  int below_median = 0;
  for (int i = 0; i < n; ++i) {
    const auto lease = static_cast<std::uint64_t>(i);
    const Comparison honest = profile.compare(kChance, segment_of(lease, kHonest), device("A100"));
    CHECK(honest.agrees);
    if (honest.distance < 0.2) ++below_median;
    const Comparison cheat = profile.compare(kChance, segment_of(lease, skip), device("A100"));
    CHECK_FALSE(cheat.agrees);
    CHECK(cheat.distance > 1.0);
  }
  CHECK(std::abs(below_median - n / 2) < 4.0 * std::sqrt(n / 4.0));
}

TEST_CASE("the share of honest results beyond the tolerance follows the noise law", "[protocol]") {
  const Setting setting = setting_with({"m"});
  Analytic::Params params = one_model("m");
  params.noise = 0.5;
  params.noise_spread = 0.5;
  const Analytic noisy(params, setting);
  const int n = 100'000;
  int rejected = 0;
  for (int i = 0; i < n; ++i) {
    const auto lease = static_cast<std::uint64_t>(i);
    if (!noisy.compare(kChance, segment_of(lease, kHonest), device("T4")).agrees) ++rejected;
  }
  // P(ln d > 0) = P(Z > ln 2 / 0.5) = 0.08281.
  CHECK(std::abs(rejected / static_cast<double>(n) - 0.08281) <
        4.0 * std::sqrt(0.08281 * 0.91719 / n));
}

TEST_CASE("8-bit work costs four fifths, and some of it lies beyond the tolerance", "[protocol]") {
  const Setting setting = setting_with({"gpt2-124m"});
  const Profile profile = published(setting);
  const BehaviourId fp8 = profile.behaviour("fp8");
  CHECK(profile.cost_share(fp8) == 0.8);
  CHECK(profile.harm(fp8) == 0.2);
  const int n = 100'000;
  int rejected = 0;
  for (int i = 0; i < n; ++i) {
    const auto lease = static_cast<std::uint64_t>(i);
    if (!profile.compare(kChance, segment_of(lease, fp8), device("A100")).agrees) ++rejected;
  }
  // P(ln d > 0) = P(Z > ln(0.5 / 0.32) / 0.33) = P(Z > 1.3524) = 0.08813.
  CHECK(std::abs(rejected / static_cast<double>(n) - 0.08813) <
        4.0 * std::sqrt(0.08813 * 0.91187 / n));
}

TEST_CASE("under a normal law of noise the tolerance rejects what the error function says",
          "[protocol]") {
  const Setting setting = setting_with({"m"});
  Analytic::Params params = one_model("m");
  params.noise_law = "normal";
  params.noise = 0.6744897501960817;  // the median of a standard normal variate's size
  const Analytic noisy(params, setting);
  const int n = 100'000;
  int rejected = 0;
  int below_median = 0;
  for (int i = 0; i < n; ++i) {
    const Comparison honest =
        noisy.compare(kChance, segment_of(static_cast<std::uint64_t>(i), kHonest), device("T4"));
    CHECK(honest.agrees == (honest.distance <= 1.0));
    if (!honest.agrees) ++rejected;
    if (honest.distance < params.noise) ++below_median;
  }
  // One standard deviation: erfc(1 / sqrt 2) = 0.31731.
  CHECK(std::abs(rejected / static_cast<double>(n) - 0.31731) <
        4.0 * std::sqrt(0.31731 * 0.68269 / n));
  CHECK(std::abs(below_median - n / 2) < 4.0 * std::sqrt(n / 4.0));
}

TEST_CASE("analytic cheats are the scenario's, and fp8 where it names none", "[protocol]") {
  const Setting setting = setting_with({"m"});
  Analytic::Params params = one_model("m");
  CHECK(Analytic(params, setting).cost_share(Analytic(params, setting).behaviour("fp8")) == 0.8);
  Analytic::CheatParams cheat;
  cheat.name = "fp8";
  cheat.cost_share = percent(50);
  cheat.harm = 2.0;
  cheat.distance = 3.0;
  cheat.spread = 0.0;
  params.cheats = {cheat};
  const Analytic own(params, setting);
  const BehaviourId fp8 = own.behaviour("fp8");
  CHECK(own.cost_share(fp8) == 0.5);
  CHECK(own.harm(fp8) == 2.0);
  CHECK(own.compare(kChance, segment_of(1, fp8), device("T4")).distance == Approx(3.0));
  for (const char* taken : {"honest", "skip"}) {
    params.cheats[0].name = taken;
    CHECK(complains([&] { Analytic(params, setting); }, "' again"));
  }
  params.cheats[0].name = "other";
  params.cheats.push_back(params.cheats[0]);
  CHECK(complains([&] { Analytic(params, setting); }, "expected another name"));
}

TEST_CASE("a comparison depends on lease, segment and checker, and on nothing else", "[protocol]") {
  const Setting setting = setting_with({"gpt2-124m"});
  const Profile profile = published(setting);
  const SegmentTruth truth = segment_of(17, kHonest);
  const double once = profile.compare(kChance, truth, device("A100")).distance;
  CHECK(once == profile.compare(kChance, truth, device("A100")).distance);
  CHECK(once != profile.compare(kChance, truth, device("T4")).distance);
  CHECK(once != profile.settle_by_distance(kChance, truth).distance);
  SegmentTruth other = truth;
  other.segment = 4;
  CHECK(once != profile.compare(kChance, other, device("A100")).distance);
  CHECK_FALSE(profile.differs_bitwise(truth));
  CHECK(profile.differs_bitwise(segment_of(17, profile.behaviour("skip"))));
}

TEST_CASE("a cheat lies as far off for everybody who checks it, the referee too", "[protocol]") {
  const Setting setting = setting_with({"gpt2-124m"});
  const Profile profile = published(setting);
  const BehaviourId fp8 = profile.behaviour("fp8");
  int caught = 0;
  for (std::uint64_t lease = 0; lease < 1000; ++lease) {
    const SegmentTruth truth = segment_of(lease, fp8);
    const Comparison one = profile.compare(kChance, truth, device("A100"));
    const Comparison other = profile.compare(kChance, truth, device("RTX 4090"));
    const Comparison settled = profile.settle_by_distance(kChance, truth);
    CHECK(one.distance == other.distance);
    CHECK(one.distance == settled.distance);
    CHECK(one.agrees == settled.agrees);
    caught += settled.agrees ? 0 : 1;
  }
  CHECK(caught > 0);
  CHECK(caught < 1000);
}

TEST_CASE("bit for bit there is no noise and no tolerance", "[protocol]") {
  const Setting setting = setting_with({"m"});
  Analytic::Params params = one_model("m");
  params.mode.mode = "bitwise";
  params.noise = 0.9;
  params.noise_spread = 2.0;
  params.skip_distance = 0.5;  // a tolerance would not see it
  const Analytic exact(params, setting);
  CHECK(exact.bitwise());
  for (std::uint64_t lease = 0; lease < 1000; ++lease) {
    CHECK(exact.compare(kChance, segment_of(lease, kHonest), device("T4")).distance == 0.0);
    CHECK_FALSE(exact.compare(kChance, segment_of(lease, BehaviourId{1}), device("T4")).agrees);
  }
}

TEST_CASE("the roofline takes each class over its rate", "[protocol]") {
  const Setting setting = setting_with({"m"});
  Analytic::Params params = one_model("m");
  params.models[0].flops = 71.2e12;                   // 1 s at the reference's peak
  params.models[0].traffic = Bytes{936'200'000'000};  // 1 s at its bandwidth
  params.models[0].operators = 100'000;
  params.matrix_efficiency = percent(50);
  params.memory_efficiency = percent(25);
  params.launch = 10us;
  const Analytic analytic(params, setting);
  // Reference: 2 + 4 + 1 s. A100: 71.2 / 312 x 2 + 936.2 / 2040 x 4 + 1 = 3.2921 s.
  CHECK(analytic.relative_time(kFirst, device("A100")) ==
        Approx((71.2 / 312 * 2 + 936.2 / 2040 * 4 + 1) / 7.0));
  CHECK(analytic.steps({kFirst, 70s, 1}) == 10);
  CHECK(analytic.steps({kFirst, 70s, 2}) == 5);
  CHECK(analytic.steps({kFirst, 1s, 1}) == 1);
  CHECK(analytic.operators(kFirst) == 100'000);
  // 5.06e12 floating-point operations at 85 GFLOP/s.
  CHECK(sim::to_seconds(analytic.referee_time(kFirst)) == Approx(59.529).epsilon(1e-4));
}

TEST_CASE("an unknown model or behaviour is answered with the nearest", "[protocol]") {
  const Setting setting = setting_with({"gpt2-124"});
  CHECK(
      complains([&] { published(setting); }, "found no model 'gpt2-124' (of workload 'gpt2-124')"));
  CHECK(complains([&] { published(setting); }, "did you mean 'gpt2-124m'?"));
  CHECK(complains([&] { Analytic(one_model("gpt2-124m"), setting); }, "did you mean 'gpt2-124m'?"));
  const Profile profile = published(setting_with({"gpt2-124m"}));
  CHECK(complains([&] { static_cast<void>(profile.behaviour("skips")); }, "did you mean 'skip'?"));
}
