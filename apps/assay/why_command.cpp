#include <fmt/format.h>

#include "analysis/recorded_run.hpp"
#include "analysis/story.hpp"
#include "apps/assay/commands.hpp"
#include "apps/assay/execution.hpp"
#include "protocol/scenario/error.hpp"
#include "protocol/scenario/units.hpp"

namespace assay::apps {
namespace {

/// A moment of the run, given as the time since its start.
sim::SimTime moment(const char* option, const std::string& text, sim::SimTime otherwise) {
  if (text.empty()) return otherwise;
  const auto span = protocol::parse<sim::SimDuration>(text);
  if (!span) {
    throw protocol::ConfigError(
        protocol::Complaint{"", 0, 0,
                            fmt::format("{}: found {}, expected {}", option, protocol::shown(text),
                                        span.error().expected)});
  }
  return sim::SimTime{*span};
}

}  // namespace

int why(const WhyOptions& options) {
  const analysis::Subject subject{
      options.kind == "job" ? analysis::SubjectKind::Job : analysis::SubjectKind::Principal,
      options.id};
  analysis::StoryRange range;
  range.from = moment("--from", options.from, range.from);
  range.to = moment("--to", options.to, range.to);
  if (options.last) range.last = static_cast<std::size_t>(*options.last);
  analysis::RecordedRun run =
      analysis::open_recorded_run(options.folder, options.replication, options.twin);
  if (!run.tape.empty()) run.rules = with_tape(run.tape, run.scenario, *run.rules);
  const analysis::Story story = analysis::tell(run.rules, run.seed, subject, range);
  analysis::check_repeated(run, story.digest);
  if (options.json) {
    fmt::print("{}", analysis::story_json(story));
  } else {
    fmt::print("{}\nthe repeated run has the recorded digest {}\n", analysis::story_text(story),
               story.digest);
  }
  return 0;
}

}  // namespace assay::apps
