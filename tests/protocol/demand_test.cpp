#include <cmath>

#include "protocol/demand/poisson.hpp"
#include "protocol/demand/trace.hpp"
#include "tests/catch.hpp"
#include "tests/protocol/data_files.hpp"

using namespace assay;
using namespace assay::protocol;
using namespace std::chrono_literals;

namespace {

bool same(const Arrival& a, const Arrival& b) {
  return a.ordinal == b.ordinal && a.at == b.at && a.gpus == b.gpus && a.work == b.work &&
         a.tenant == b.tenant && a.workload == b.workload;
}

std::vector<Arrival> all(const Demand& demand, std::uint64_t from = 0, std::size_t most = 1 << 30) {
  const auto stream = demand.open(Chance{1}, from);
  std::vector<Arrival> arrivals;
  while (arrivals.size() < most) {
    const auto arrival = stream->next();
    if (!arrival) break;
    arrivals.push_back(*arrival);
  }
  return arrivals;
}

Trace::Params philly() {
  Trace::Params params;
  params.file = data_file("jobs_philly.csv");
  params.columns = {"submit_s", "gpus", "duration_s", "user", ""};
  params.window = {40 * 24h, 117 * 24h};
  params.zero_duration = "skip";
  return params;
}

Trace::Params mapped(const TempFile& file) {
  Trace::Params params;
  params.file = file.file();
  params.columns = {"t", "g", "d", "who", "what"};
  return params;
}

std::string refusal(const std::string& rows, void (*change)(Trace::Params&) = nullptr) {
  const TempFile file("t,g,d,who,what\n" + rows);
  Trace::Params params = mapped(file);
  if (change != nullptr) change(params);
  return complaint(file, [&] { Trace(params, setting_with({"gpt2-124m"})); });
}

}  // namespace

TEST_CASE("a Poisson arrival is the same whatever happens to the others", "[protocol]") {
  Poisson::Params params;
  params.rate = 120.0;
  params.work = 2h;
  const Poisson poisson(params);
  const std::vector<Arrival> arrivals = all(poisson, 0, 1000);
  for (const std::uint64_t from : {1u, 17u, 999u}) {
    CHECK(same(arrivals[from], all(poisson, from, 1).front()));
  }
  // Other work: the same moments. Another rate: the same work, moments in proportion.
  Poisson::Params fixed = params;
  fixed.distribution = "fixed";
  Poisson::Params twice = params;
  twice.rate = 240.0;
  const std::vector<Arrival> others = all(Poisson(fixed), 0, 1000);
  const std::vector<Arrival> faster = all(Poisson(twice), 0, 1000);
  for (std::size_t i = 0; i < arrivals.size(); ++i) {
    CHECK(others[i].at == arrivals[i].at);
    CHECK(others[i].work == 2h);
    CHECK(faster[i].work == arrivals[i].work);
    CHECK(2.0 * sim::to_seconds(faster[i].at) ==
          Approx(sim::to_seconds(arrivals[i].at)).epsilon(1e-9));
  }
}

TEST_CASE("Poisson arrivals have their rate and their work", "[protocol]") {
  Poisson::Params params;
  params.rate = 3600.0;
  params.work = 100s;
  params.gpus = 4;
  const std::size_t n = 40'000;
  const std::vector<Arrival> arrivals = all(Poisson(params), 0, n);
  double work = 0.0;
  for (const Arrival& arrival : arrivals) {
    CHECK(arrival.gpus == 4);
    work += sim::to_seconds(arrival.work);
  }
  // The time of the n-th arrival has mean n s and deviation sqrt(n) s; an exponential mean the
  // relative deviation 1/sqrt(n). Four deviations: a chance of 1 in 16,000 each.
  CHECK(std::abs(sim::to_seconds(arrivals.back().at) - 40'000.0) < 4.0 * 200.0);
  CHECK(std::abs(work / 40'000.0 - 100.0) < 4.0 * 100.0 / 200.0);
}

TEST_CASE("the Philly trace has the jobs that were counted in it", "[protocol]") {
  const Trace trace(philly(), setting_with({"gpt2-124m"}));
  // 106,797 rows in days 40 to 117, 8 of them of zero duration.
  CHECK(trace.arrivals() == 106'789u);
  CHECK(trace.skipped() == 8);
  double gpu_hours = 0.0;
  std::uint64_t tasks = 0;
  std::uint64_t with_tenant = 0;
  sim::SimTime latest{};
  std::uint64_t ordinal = 0;
  for (const Arrival& arrival : all(trace)) {
    CHECK(arrival.ordinal == ordinal++);
    CHECK(arrival.at >= latest);
    latest = arrival.at;
    gpu_hours += arrival.gpus * sim::to_seconds(arrival.work) / 3600.0;
    tasks += arrival.gpus * static_cast<std::uint64_t>((arrival.work + 24h - 1ns) / 24h);
    if (arrival.tenant != Arrival::kNoTenant) ++with_tenant;
  }
  CHECK(ordinal == 106'789);
  CHECK(latest < sim::SimTime{77 * 24h});
  CHECK(gpu_hours == Approx(3'085'569.95).epsilon(1e-6));
  CHECK(tasks == 283'207);  // and one for each row of zero duration: 283,215
  double shares = 0.0;
  for (std::uint32_t i = 0; i < trace.tenants(); ++i) shares += trace.tenant_share(i);
  CHECK(trace.tenants() == 15);
  CHECK(shares == Approx(1.0));
  CHECK(with_tenant > 70'000);
}

TEST_CASE("a trace is reopened at any ordinal", "[protocol]") {
  const Trace trace(philly(), setting_with({"gpt2-124m"}));
  const std::vector<Arrival> arrivals = all(trace);
  for (const std::uint64_t from : {0u, 1u, 4'095u, 4'096u, 4'097u, 50'000u, 106'788u}) {
    const auto stream = trace.open(Chance{7}, from);
    for (std::uint64_t i = from; i < std::min<std::uint64_t>(from + 3, arrivals.size()); ++i) {
      CHECK(same(stream->next().value(), arrivals[i]));
    }
  }
  CHECK_FALSE(trace.open(Chance{7}, 106'789)->next());
}

TEST_CASE("window, stretch and size scale apply to a trace in this order", "[protocol]") {
  const TempFile file("t,g,d,who,what\n0,1,9,a,\n10,2,4,b,gpt2-124m\n12.5,1,1,,\n20,1,1,a,\n");
  Trace::Params params = mapped(file);
  params.window = {10s, 20s};
  params.stretch = 2.0;
  params.size_scale = 0.5;
  const Trace trace(params, setting_with({"resnet-50", "gpt2-124m"}));
  const std::vector<Arrival> arrivals = all(trace);
  REQUIRE(arrivals.size() == 2);  // [10 s, 20 s)
  CHECK(same(arrivals[0], Arrival{0, sim::SimTime{}, 2, 2s, 0, WorkloadId{1}}));
  CHECK(
      same(arrivals[1], Arrival{1, sim::SimTime{5s}, 1, 500ms, Arrival::kNoTenant, std::nullopt}));
  CHECK(trace.tenants() == 1);
  CHECK(trace.tenant_share(0) == 1.0);
}

TEST_CASE("a broken trace is named by file and line", "[protocol]") {
  CHECK(refusal("0,1,1,,\n").empty());
  CHECK(refusal("0,1,1,,\n5,1,1,,\n4,1,1,,\n") ==
        ":4: column 't': found '4', expected at least 5 as in the row before: rows in the order of "
        "arrival");
  CHECK(refusal("0,0,1,,\n") ==
        ":2: column 'g': found '0', expected a whole number from 1 to 65536");
  CHECK(refusal("0,1,-1,,\n") == ":2: column 'd': found '-1', expected seconds from 0 to 9.2e+09");
  CHECK(refusal("0,1,1,,gpt2\n") ==
        ":2: column 'what': found 'gpt2', expected the name of a workload of the scenario (did you "
        "mean 'gpt2-124m'?)");
  CHECK(refusal("0,1,0,,\n") ==
        ":2: column 'd': found '0', expected a time above zero (`zero_duration: skip` leaves such "
        "rows out)");
  CHECK(refusal("0,1,0,,\n1,1,1,,\n", [](Trace::Params& p) { p.zero_duration = "skip"; }).empty());
  CHECK(refusal("0,1,0,,\n1,1,1,,\n", [](Trace::Params& p) { p.window.from = 1s; }).empty());
  CHECK(refusal("0,1,1,,\n", [](Trace::Params& p) { p.window.from = 1s; }) ==
        ": found no job in the window, expected at least one");
  CHECK(refusal("0,1,1,,\n", [](Trace::Params& p) {
          p.window = {5s, 5s};
        }) == "demand.window.to: found a time before 'from', expected a later one");
  CHECK(refusal("0,1,9e9,,\n", [](Trace::Params& p) { p.size_scale = 2.0; }) ==
        ":2: column 'd': found '9e9', expected a time of under 288 years, after size_scale");
  CHECK(refusal("0,1,1,,\n", [](Trace::Params& p) { p.columns.gpus = "gpu"; }) ==
        ":1: found no column 'gpu', expected t, g, d, who or what");
}

TEST_CASE("a trace that changes between its two readings is refused", "[protocol]") {
  const std::string header = "t,g,d,who,what\n";
  const TempFile file(header + "0,1,1,a,gpt2-124m\n1,1,1,a,\n");
  const Trace trace(mapped(file), setting_with({"gpt2-124m"}));
  const auto reread = [&](const std::string& rows) {
    std::ofstream(file.path(), std::ios::binary) << header << rows;
    return complaint(file, [&] { static_cast<void>(all(trace)); });
  };
  const std::string changed =
      " found other rows than at first: the trace changed while it was read";
  CHECK(reread("0,1,1,a,gpt2-124m\n1,1,1,,\n").empty());
  CHECK(reread("0,1,1,b,gpt2-124m\n1,1,1,a,\n") == ":2:" + changed);
  CHECK(reread("0,1,1,a,gpt2-124m\n1,1,1,a,gpt2\n") == ":3:" + changed);
  CHECK(reread("0,1,1,a,gpt2-124m\n") == ":3:" + changed);
}
