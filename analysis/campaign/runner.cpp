#include "analysis/campaign/runner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <utility>

#include "analysis/build_info.hpp"
#include "analysis/campaign/export.hpp"
#include "analysis/result_folder.hpp"
#include "analysis/results.hpp"
#include "analysis/shell.hpp"
#include "analysis/threads.hpp"
#include "protocol/scenario/printer.hpp"
#include "sim/digest.hpp"

namespace assay::analysis {
namespace {

constexpr auto kBetweenReports = std::chrono::milliseconds(200);
constexpr auto kBetweenBeats = std::chrono::seconds(5);

void replace_all(std::string& text, const std::string& what, const std::string& with) {
  for (std::size_t at = text.find(what); at != std::string::npos;
       at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
}

std::string hex_of(std::string_view text) {
  return sim::hex(sim::sha256(std::as_bytes(std::span(text))));
}

}  // namespace

/// The runs that one call of `compute` asks for, handed out one by one in the order of the plan.
class Work {
 public:
  Work(Campaign& campaign, std::span<const PlannedPoint> points)
      : campaign_(campaign), options_(campaign.options_), points_(points), loaded_(points.size()) {
    std::int64_t first = 0;
    for (const PlannedPoint& point : points_) {
      if (options_.shards == 1) {
        const auto there = store().counts(point.id, point.seed, 0, point.replications);
        progress_.known += there.done;
        progress_.all += point.replications;
      } else {
        for (int r = 0; r < point.replications; ++r) progress_.all += is_ours(first + r) ? 1 : 0;
      }
      first += point.replications;
    }
  }

  /// False where it was told to stop.
  bool run() {
    begun_ = Clock::now();
    const int jobs = static_cast<int>(
        std::clamp<std::int64_t>(progress_.all - progress_.known, 1, options_.jobs));
    working_ = jobs;
    Threads threads(jobs, [this] { work(); });
    {
      const std::lock_guard lock(mutex_);
      working_ -= jobs - threads.started();
    }
    attend();
    threads.join();
    if (error_) {
      try {
        store().release();
      } catch (const StoreError&) {
        // It may be the store that has failed: what is thrown below says so.
      }
      std::rethrow_exception(error_);
    }
    if (stopped()) store().release();
    return !stopped();
  }

 private:
  using Clock = std::chrono::steady_clock;
  struct Item {
    std::size_t point = 0;
    int replication = 0;
  };
  /// What a thread has loaded last: most of its next runs need it again.
  struct Held {
    std::size_t point = 0;
    std::shared_ptr<const PointSpec> spec;
  };

  Store& store() { return *campaign_.store_; }
  [[nodiscard]] bool is_ours(std::int64_t ordinal) const {
    return ordinal % options_.shards == options_.shard;
  }
  [[nodiscard]] bool stopped() const {
    return give_up_ || (options_.stop != nullptr && *options_.stop);
  }

  /// Reports, and shows other processes that this one lives, until the threads are done.
  void attend() {
    auto beaten = Clock::now();
    std::unique_lock lock(mutex_);
    while (working_ > 0) {
      changed_.wait_for(lock, kBetweenReports);
      if (options_.stop != nullptr && *options_.stop) give_up_ = true;
      CampaignProgress progress = progress_;
      lock.unlock();
      progress.wall_s = std::chrono::duration<double>(Clock::now() - begun_).count();
      const std::int64_t missing = progress.all - progress.known - progress.done - progress.failed;
      if (progress.done > 0) {
        progress.left_s =
            progress.wall_s / static_cast<double>(progress.done) * static_cast<double>(missing);
      }
      try {
        if (options_.report) options_.report(progress);
        if (Clock::now() - beaten > kBetweenBeats) {
          store().beat();
          beaten = Clock::now();
        }
      } catch (...) {
        note_error();
      }
      lock.lock();
    }
  }

  void note_error() {
    const std::lock_guard lock(mutex_);
    if (!error_) error_ = std::current_exception();
    give_up_ = true;
  }

  void work() {
    Held held;
    try {
      while (!stopped()) {
        const std::optional<Item> item = take();
        if (!item) break;
        compute(*item, held);
      }
    } catch (...) {
      // The store cannot be written: whatever is computed from now on would be lost.
      note_error();
    }
    const std::lock_guard lock(mutex_);
    --working_;
    changed_.notify_all();
  }

  /// The next run: of the plan first, then those that other processes had claimed.
  std::optional<Item> take() {
    std::unique_lock lock(mutex_);
    while (next_.point < points_.size()) {
      if (next_.replication >= points_[next_.point].replications) {
        next_ = Item{next_.point + 1, 0};
        continue;
      }
      const Item item = next_;
      ++next_.replication;
      if (is_ours(ordinal_++)) return item;
    }
    if (elsewhere_.empty()) return std::nullopt;
    changed_.wait_for(lock, kBetweenReports);
    if (elsewhere_.empty()) return std::nullopt;
    const Item item = elsewhere_.front();
    elsewhere_.pop_front();
    return item;
  }

  void compute(const Item& item, Held& held) {
    const PlannedPoint& point = points_[item.point];
    const RunId id{point.id, point.key, point.seed, item.replication};
    switch (store().claim(id, options_.retry_failed)) {
      case Store::Claim::Done:
        if (options_.shards > 1) count(&CampaignProgress::known);
        return;
      case Store::Claim::Failed:
        return count(&CampaignProgress::failed);
      case Store::Claim::Elsewhere: {
        const std::lock_guard lock(mutex_);
        elsewhere_.push_back(item);
        return;
      }
      case Store::Claim::Mine:
        break;
    }
    const auto begun = Clock::now();
    std::optional<RunResult> result;
    std::string error;
    std::shared_ptr<const PointSpec> spec = loaded(item.point, held);
    try {
      result = options_.run(*spec, point.seed, item.replication, give_up_);
    } catch (const protocol::ExecutionError&) {
      throw;  // the executor failed, not this run: the next one would fail as well
    } catch (const std::exception& broken) {
      error = broken.what();
    }
    const double wall_s = std::chrono::duration<double>(Clock::now() - begun).count();
    if (!error.empty()) {
      store().fail(id, wall_s, error,
                   campaign_.repeating_command(*spec, point.seed, item.replication));
      return count(&CampaignProgress::failed);
    }
    if (!result) return;  // told to stop: its claim is released with all others
    result->wall_s = wall_s;
    store().finish(id, *result);
    count(&CampaignProgress::done);
    const std::lock_guard lock(mutex_);
    ++campaign_.computed_;
  }

  void count(std::int64_t CampaignProgress::*what) {
    const std::lock_guard lock(mutex_);
    ++(progress_.*what);
  }

  std::shared_ptr<const PointSpec> loaded(std::size_t point, Held& held) {
    if (held.spec && held.point == point) return held.spec;
    held.point = point;
    {
      const std::lock_guard lock(mutex_);
      held.spec = loaded_[point].lock();
    }
    if (held.spec) return held.spec;
    // Two threads may load it at once, which is better than one that waits.
    held.spec = points_[point].load();
    if (campaign_.key_of(held.spec->loaded) != points_[point].key) {
      throw StoreError(fmt::format("{}: a file that it reads has changed since the campaign began",
                                   held.spec->label));
    }
    store().describe_point(points_[point].id, held.spec->loaded.effective_yaml);
    const std::lock_guard lock(mutex_);
    loaded_[point] = held.spec;
    return held.spec;
  }

  Campaign& campaign_;
  const CampaignOptions& options_;
  std::span<const PlannedPoint> points_;
  std::vector<std::weak_ptr<const PointSpec>> loaded_;  ///< what some thread holds
  std::mutex mutex_;
  std::condition_variable changed_;
  std::atomic<bool> give_up_{false};
  std::exception_ptr error_;
  Item next_;
  std::int64_t ordinal_ = 0;    ///< of the plan's next run
  std::deque<Item> elsewhere_;  ///< never more than the other processes have threads
  CampaignProgress progress_;
  Clock::time_point begun_;
  int working_ = 0;
};

std::string point_key(const protocol::LoadedScenario& loaded, std::string_view kind) {
  protocol::Scenario scenario = loaded.scenario;
  scenario.seed = 0;
  scenario.replications = 1;
  std::string text = protocol::print(std::move(scenario));
  // Where a file lies is not what it says.
  for (const protocol::InputFile& input : loaded.inputs) {
    replace_all(text, fmt::format(": {}\n", protocol::yaml_word(input.path)),
                fmt::format(": sha256 {}\n", input.sha256));
  }
  return hex_of(fmt::format("{}\n{}\n{}", program_identity(), kind, text));
}

std::optional<RunResult> run_market(const PointSpec& point, std::uint64_t seed, int replication,
                                    const std::atomic<bool>& stop) {
  const auto done =
      run_replication(point.loaded.rules, twin_of(point.loaded), seed, replication, stop);
  if (!done) return std::nullopt;
  RunResult result;
  result.metrics = metrics(*point.loaded.rules, *done);
  result.events = done->run.events + (done->twin ? done->twin->events : 0);
  result.digest = done->twin ? hex_of(done->run.digest + done->twin->digest) : done->run.digest;
  return result;
}

Campaign::Campaign(const std::filesystem::path& folder, CampaignOptions options)
    : folder_(folder), store_(std::make_unique<Store>(folder)), options_(std::move(options)) {}

Campaign::Campaign(CampaignOptions options)
    : store_(std::make_unique<Store>()), options_(std::move(options)) {}

SampleTable Campaign::samples(const PointSpec& point, int replications) {
  return std::move(samples(std::span(&point, 1), replications).front());
}

std::vector<SampleTable> Campaign::samples(std::span<const PointSpec> points, int replications) {
  std::vector<PlannedPoint> plans;
  for (const PointSpec& point : points) {
    // Borrowed: the points outlive this call.
    const std::shared_ptr<const PointSpec> spec(std::shared_ptr<const PointSpec>(), &point);
    plans.push_back(plan(point, replications, [spec] { return spec; }));
  }
  if (!compute(plans)) throw Interrupted();
  std::vector<SampleTable> tables;
  for (const PlannedPoint& point : plans) {
    tables.push_back(store_->samples(point.id, point.seed, replications));
  }
  return tables;
}

PlannedPoint Campaign::plan(const PointSpec& point, int replications,
                            std::function<std::shared_ptr<const PointSpec>()> load) {
  PlannedPoint planned;
  planned.key = key_of(point.loaded);
  planned.seed = static_cast<std::uint64_t>(point.loaded.scenario.seed);
  planned.replications = replications;
  planned.load = std::move(load);
  const PointRow row{planned.key,        point.label,       point.loaded.effective_yaml,
                     program_identity(), point.coordinates, point.ordinal};
  planned.id = store_->put_points(std::span(&row, 1)).front();
  return planned;
}

bool Campaign::compute(std::span<const PlannedPoint> points) { return Work(*this, points).run(); }

std::string Campaign::repeating_command(const PointSpec& point, std::uint64_t seed,
                                        int replication) const {
  const std::string which = fmt::format(" --seed {} --only {}", seed, replication);
  if (!point.command.empty()) return point.command + which;
  if (folder_.empty()) return {};
  // No command line makes this point: its effective scenario stands beside the store.
  const std::filesystem::path file =
      std::filesystem::absolute(folder_) /
      fmt::format("failed-{}.yaml", key_of(point.loaded).substr(0, kShortKey));
  write_file(file, point.loaded.effective_yaml);
  return fmt::format("assay run {}{}", shell_quoted(file.string()), which);
}

}  // namespace assay::analysis
