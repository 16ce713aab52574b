// Queues that need nothing but the event kernel: the test that it is one.
#include <fmt/format.h>

#include <cmath>
#include <vector>

#include "analysis/closed_forms.hpp"
#include "analysis/statistics.hpp"
#include "analysis/validation/validation.hpp"
#include "sim/distributions.hpp"
#include "sim/engine.hpp"
#include "sim/probe.hpp"

namespace assay::analysis {
namespace {

enum class Service { Exponential, Fixed };

/// Customers, servers, and a waiting room that is either endless or not there.
class Station {
 public:
  Station(double lambda, double mu, std::int64_t servers, Service service, bool waiting_room,
          std::uint64_t seed)
      : between_(sim::duration_up(1.0 / lambda)),
        serving_(sim::duration_up(1.0 / mu)),
        servers_(servers),
        service_(service),
        waiting_room_(waiting_room),
        arrivals_(seed, 1, 0),
        services_(seed, 2, 0) {}

  /// Lets `customers` arrive, and forgets the first tenth.
  void run(std::int64_t customers) {
    warm_up_ = customers / 10;
    last_ = customers;
    engine_.schedule(sim::SimTime{sim::exponential_time(arrivals_, between_)}, Event{1});
    engine_.run(*this, sim::kNever);
  }

  struct Event {
    std::uint64_t arrives;  ///< or departs
  };
  void handle(const Event& event) {
    if (event.arrives != 0) {
      arrive();
    } else {
      depart();
    }
  }

  [[nodiscard]] double mean_wait_s() const {
    return static_cast<double>(waited_ns_) * 1e-9 / static_cast<double>(counted_);
  }
  [[nodiscard]] double lost_share() const {
    return static_cast<double>(lost_) / static_cast<double>(counted_);
  }

 private:
  void arrive() {
    const bool counts = arrived_++ >= warm_up_;
    if (counts) ++counted_;
    if (arrived_ < last_) {
      engine_.schedule(engine_.now() + sim::exponential_time(arrivals_, between_), Event{1});
    }
    if (busy_ < servers_) {
      start();
    } else if (waiting_room_) {
      waiting_.push_back({engine_.now(), counts});
    } else if (counts) {
      ++lost_;
    }
  }

  void depart() {
    --busy_;
    if (first_ == waiting_.size()) return;
    const Waiting next = waiting_[first_++];
    if (next.counts) waited_ns_ += (engine_.now() - next.since).count();
    if (first_ * 2 > waiting_.size()) {  // forget who was served, at a cost of O(1) each
      waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(first_));
      first_ = 0;
    }
    start();
  }

  void start() {
    ++busy_;
    const sim::SimDuration time =
        service_ == Service::Fixed ? serving_ : sim::exponential_time(services_, serving_);
    engine_.schedule(engine_.now() + time, Event{0});
  }

  struct Waiting {
    sim::SimTime since;
    bool counts = false;
  };
  sim::Engine<Event> engine_;
  sim::SimDuration between_;
  sim::SimDuration serving_;
  std::int64_t servers_;
  Service service_;
  bool waiting_room_;
  sim::Draws arrivals_;
  sim::Draws services_;
  std::vector<Waiting> waiting_;
  std::size_t first_ = 0;
  std::int64_t busy_ = 0;
  std::int64_t arrived_ = 0;
  std::int64_t warm_up_ = 0;
  std::int64_t last_ = 0;
  std::int64_t counted_ = 0;
  std::int64_t lost_ = 0;
  sim::WideInt waited_ns_ = 0;  // slow stations with long lines exceed 64 bits
};

constexpr int kReplications = 24;

/// 24 independent stations; `read` takes the number from each.
template <class Read>
Measured replicate(double lambda, double mu, std::int64_t servers, Service service,
                   bool waiting_room, std::uint64_t seed, int scale, Read read) {
  std::vector<double> samples;
  for (int r = 0; r < kReplications; ++r) {
    Station station(lambda, mu, servers, service, waiting_room,
                    sim::mix(seed, static_cast<std::uint64_t>(r)));
    station.run(std::int64_t{100'000} * scale);
    samples.push_back(read(station));
  }
  return {mean(samples), standard_error(samples), kReplications};
}

std::int64_t whole(const Values& values, const char* name) { return std::llround(values.at(name)); }

std::string refuse_overload(double load) {
  // Near one the queue's memory outlasts any sample: the estimate would be late, not wrong.
  return load < 0.96 ? ""
                     : fmt::format("the load is {:.3g}; a queue is simulated below 0.96", load);
}

const Parameter kLambda{"lambda", 1e-3, 1e3, false, "arrivals a second"};
const Parameter kMu{"mu", 1e-3, 1e3, false, "services a second of one server"};

}  // namespace

std::vector<Validation> queueing_validations() {
  return {
      {"V16",
       "Mean wait in M/M/c",
       {kLambda, kMu, {"c", 1, 1000, true, "servers"}},
       {{{"lambda", 0.8}, {"mu", 1}, {"c", 1}},
        {{"lambda", 4}, {"mu", 1}, {"c", 5}},
        {{"lambda", 8}, {"mu", 1}, {"c", 10}},
        {{"lambda", 9}, {"mu", 1}, {"c", 10}}},
       [](const Values& v) { return refuse_overload(v.at("lambda") / (v.at("mu") * v.at("c"))); },
       [](const Values& v) { return mmc_wait(v.at("lambda"), v.at("mu"), whole(v, "c")); },
       [](const Values& v, std::uint64_t seed, int scale) {
         return replicate(v.at("lambda"), v.at("mu"), whole(v, "c"), Service::Exponential, true,
                          seed, scale, [](const Station& s) { return s.mean_wait_s(); });
       }},
      {"V17.MD1",
       "Mean wait in M/D/1",
       {kLambda, kMu},
       {{{"lambda", 0.8}, {"mu", 1}}, {{"lambda", 0.5}, {"mu", 1}}},
       [](const Values& v) { return refuse_overload(v.at("lambda") / v.at("mu")); },
       [](const Values& v) {
         const double service = 1.0 / v.at("mu");
         return mg1_wait(v.at("lambda"), service, service * service);
       },
       [](const Values& v, std::uint64_t seed, int scale) {
         return replicate(v.at("lambda"), v.at("mu"), 1, Service::Fixed, true, seed, scale,
                          [](const Station& s) { return s.mean_wait_s(); });
       }},
      {"V17.ErlangB",
       "Share of arrivals lost without a waiting room",
       {{"c", 1, 1000, true, "servers"}, {"a", 1e-3, 1e4, false, "offered load"}},
       {{{"c", 10}, {"a", 8}}, {{"c", 1}, {"a", 1}}},
       nullptr,
       [](const Values& v) { return erlang_b(v.at("a"), whole(v, "c")); },
       [](const Values& v, std::uint64_t seed, int scale) {
         return replicate(v.at("a"), 1.0, whole(v, "c"), Service::Exponential, false, seed, scale,
                          [](const Station& s) { return s.lost_share(); });
       }},
  };
}

}  // namespace assay::analysis
