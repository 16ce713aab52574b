#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace assay::apps {

// One function a command, in a file of its own; each returns the exit code and throws ConfigError
// for wrong input.

struct CheckOptions {
  std::string scenario;
  std::vector<std::string> sets;
};
/// Loads a scenario and everything it names, and says what it is.
int check(const CheckOptions& options);

/// What says whether a claim is right.
struct ExecutionOptions {
  std::string mode = "table";  ///< `table`, `live`, or `tape:` and a file
  std::string worker;          ///< program or socket; empty: assay-worker beside this one
  std::string backend;         ///< of the workers; empty: cpu-repops
  std::optional<int> workers;  ///< processes; as many as threads where it is left out
};

struct RunOptions {
  std::string scenario;
  std::vector<std::string> sets;
  std::optional<int> replications;   ///< instead of the scenario's
  std::optional<int> replication;    ///< only this one
  std::optional<std::int64_t> seed;  ///< likewise
  std::optional<int> jobs;           ///< threads; one a core where it is left out
  std::string output;                ///< folder of the results; empty: out/<name>-<digest>
  bool json = false;                 ///< the summary as JSON on standard output, nothing else there
  std::uint64_t trace_events = 2'000'000;  ///< of the timeline at most
  std::string trace;  ///< file for a timeline of the first replication; empty: none
  ExecutionOptions execution;
  bool cost_errors = false;  ///< also at both ends of the error bands of step times
};
/// Runs a scenario and writes its results. An interrupt gives up what is not finished: the rest is
/// written, and the code is 1; so it is where a replication failed.
int run(const RunOptions& options);

struct CompareOptions {
  std::string a, b;               ///< scenarios; without `b`, `a` again under `sets_b`
  std::vector<std::string> sets;  ///< for both
  std::vector<std::string> sets_a, sets_b;
  std::optional<int> replications;
  std::optional<std::int64_t> seed;
  std::optional<int> jobs;
  std::string output;  ///< folder; empty: out/<b>-against-<a>-<digest>
  bool json = false;
};
/// Runs two scenarios under the same draws and tells in what they differ.
int compare(const CompareOptions& options);

struct AttackOptions {
  std::string scenario;
  std::vector<std::string> sets;
  std::string against = "all";  ///< strategies, parted by commas
  std::optional<int> replications;
  std::optional<std::int64_t> seed;
  std::optional<int> jobs;
  std::string confidence = "95%";
  std::string share = "5%";  ///< of each honest group that deviates
  std::string group;         ///< that alone deviates; empty: every one
  bool deter = false;        ///< measure what would deter each attack
  std::string output;        ///< folder; empty: out/attack-<name>
  bool json = false;
};
/// Tries strategies against a protocol and says which pay. An attack that pays is an answer, not an
/// error: the code is 0.
int attack(const AttackOptions& options);

struct TuneOptions {
  std::string scenario;
  std::vector<std::string> sets;
  std::string minimise;                  ///< a metric
  std::vector<std::string> constraints;  ///< `metric < number`
  std::vector<std::string> vary;         ///< `key=lo..hi`
  std::string against = "all";
  std::optional<int> replications;  ///< of a market, at most
  int evaluations = 60;             ///< of the optimiser, where several parameters vary
  std::optional<std::int64_t> seed;
  std::optional<int> jobs;
  std::string confidence = "95%";
  std::string precision = "2%";
  std::string share = "5%";
  std::string group;
  std::string output;  ///< folder; empty: out/tune-<name>
  bool json = false;
};
/// Finds the cheapest parameters under constraints. That there are none, or that noise hides them,
/// is an answer, not an error: the code is 0, and tune.json has the verdict.
int tune(const TuneOptions& options);

struct CalibrateOptions {
  std::string device = "cpu";          ///< or `cuda:` and a number
  std::vector<std::string> backends;   ///< empty: what was built for the device
  std::vector<std::string> workloads;  ///< to time; empty: some from small to large
  /// To record distances of, with steps of a segment behind a colon or not; empty: small ones.
  std::vector<std::string> compared;
  std::vector<std::uint64_t> intervals = {8};  ///< steps between two checkpoints
  std::optional<std::uint32_t>
      held_out;  ///< segments that tell error rates; half as many set a tolerance
  std::optional<double> compare_seconds;  ///< that one comparison may take, with fewer segments
  bool quick = false;                     ///< as short as it can be, to try it
  std::string as;                         ///< the device's name in the catalogue; empty: its own
  std::string base;                       ///< a profile whose other rows stay; empty: none
  std::string note;                       ///< what else there is to say of the conditions
  std::string worker;                     ///< program; empty: assay-worker beside this one
  std::string output;                     ///< the profile
};
/// Measures what training steps cost on a device and writes a profile. An interrupt writes nothing,
/// and the code is 1.
int calibrate(const CalibrateOptions& options);

struct ReportOptions {
  std::string folder;  ///< of any result
  std::string output;  ///< file; empty: report.html in the folder
};
/// Draws the page of a result again.
int report(const ReportOptions& options);

struct ValidateOptions {
  std::vector<std::string> ids;   ///< all validations where it is empty
  std::vector<std::string> sets;  ///< name=number
  std::uint64_t seed = 1;
  bool json = false;
};
/// Holds closed forms against simulation; 1 where a case does not agree.
int validate(const ValidateOptions& options);

struct WhyOptions {
  std::string folder;  ///< of a result
  std::string kind;    ///< `job` or `principal`
  std::uint64_t id = 0;
  int replication = 0;
  bool twin = false;  ///< the run in which all attackers are honest
  bool json = false;
  std::optional<std::uint64_t> last;  ///< only so many moments
  std::string from, to;               ///< times since the start; empty: all
};
/// Repeats a recorded run and tells what happened to one job or principal. The code is 1 where the
/// run cannot be repeated as it was, 2 where it has no such job or principal.
int why(const WhyOptions& options);

/// What `sweep` and `study` have in common.
struct CampaignFlags {
  std::vector<std::string> sets;
  std::optional<std::int64_t> seed;
  std::optional<int> jobs;
  std::string output;  ///< folder of the campaign
  std::string shard;   ///< `i/n`, or empty
  bool dry_run = false;
  bool retry_failed = false;
  bool json = false;
};

struct SweepOptions {
  std::string scenario;
  std::vector<std::string> axes;  ///< key=values
  std::vector<std::string> zips;  ///< keys, separated by commas
  std::string sample;
  std::optional<int> replications;
  std::string precision;
  std::optional<int> most;  ///< replications of a point, where a precision is asked for
  std::vector<std::string> metrics;
  CampaignFlags flags;
};
/// Runs a scenario at many points of its parameters, as far as its folder does not hold them yet,
/// and shows metrics with their intervals. The code is 1 after an interrupt or a failed run.
int sweep(const SweepOptions& options);

struct StudyOptions {
  std::string file;
  CampaignFlags flags;
};
/// The same, as a file says.
int study(const StudyOptions& options);

struct ExportOptions {
  std::string folder;  ///< of a campaign
  std::string output;  ///< FILE.csv or FILE.parquet
};
/// Writes a campaign's runs as one tidy table. The code is 2 where Parquet cannot be written here.
int export_runs(const ExportOptions& options);

struct MergeOptions {
  std::vector<std::string> folders;
  std::string output;
};
/// Puts the runs of several campaigns into one.
int merge(const MergeOptions& options);

/// Prints the members of a family, or of all where `family` is empty.
int list(const std::string& family);

/// Prints what is known of a key, a family or a kind.
int explain(const std::string& key);

/// Prints the JSON Schema of scenarios.
int schema();

}  // namespace assay::apps
