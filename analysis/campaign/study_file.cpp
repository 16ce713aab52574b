#include "analysis/campaign/study_file.hpp"

#include <fmt/format.h>

#include <utility>

#include "protocol/scenario/error.hpp"
#include "protocol/scenario/reader.hpp"
#include "protocol/scenario/yaml_source.hpp"

namespace assay::analysis {
namespace {

using protocol::Complaints;
using protocol::Node;

/// Takes a key out of a map that this file reads itself.
std::optional<Node::Entry> take(Node& root, std::string_view key) {
  for (std::size_t i = 0; i < root.entries.size(); ++i) {
    if (root.entries[i].key != key) continue;
    Node::Entry entry = std::move(root.entries[i]);
    root.entries.erase(root.entries.begin() + static_cast<std::ptrdiff_t>(i));
    return entry;
  }
  return std::nullopt;
}

bool is_map(const Node::Entry& entry, const char* expected, Complaints& complaints) {
  if (entry.value.kind == Node::Kind::Map) return true;
  complaints.add(protocol::complaint_at(
      entry.value.place,
      fmt::format("{}: found {}, expected {}", entry.key, entry.value.seen(), expected)));
  return false;
}

void read_sets(const Node::Entry& sets, PlanSpec& plan, Complaints& complaints) {
  if (!is_map(sets, "a map of keys and values, such as {horizon: 20 d}", complaints)) return;
  for (const Node::Entry& set : sets.value.entries) {
    plan.sets.push_back({set.key, set.place, set.value});
  }
}

void read_axes(const Node::Entry& axes, PlanSpec& plan, Complaints& complaints) {
  if (!is_map(axes, "a map of keys and values, such as {verification.rate: 1 %..50 %:log:8}",
              complaints)) {
    return;
  }
  for (const Node::Entry& axis : axes.value.entries) {
    auto spec = read_axis(axis.key, axis.place, axis.value, complaints);
    if (spec) plan.axes.push_back(std::move(*spec));
  }
}

/// The words of `[a, b]`, or of a word alone.
std::vector<std::string> words(const std::string& key, const Node& node, Complaints& complaints) {
  std::vector<std::string> all;
  const auto add = [&](const Node& word) {
    if (word.kind == Node::Kind::Word && !word.word.empty()) {
      all.push_back(word.word);
    } else {
      complaints.add(protocol::complaint_at(
          word.place, fmt::format("{}: found {}, expected a name", key, word.seen())));
    }
  };
  if (node.kind == Node::Kind::List) {
    for (const Node& item : node.items) add(item);
  } else {
    add(node);
  }
  return all;
}

/// `[a, b]`, or a list of such lists.
void read_zips(const Node::Entry& zips, PlanSpec& plan, Complaints& complaints) {
  const bool several = zips.value.kind == Node::Kind::List && !zips.value.items.empty() &&
                       zips.value.items.front().kind == Node::Kind::List;
  if (!several) {
    plan.zipped.push_back(words(zips.key, zips.value, complaints));
    return;
  }
  for (const Node& item : zips.value.items) {
    plan.zipped.push_back(words(zips.key, item, complaints));
  }
}

}  // namespace

void Study::describe(protocol::Fields& field) {
  using protocol::kRequired;
  using protocol::percent;
  using protocol::range;
  field("study", study, range<std::int64_t>(1, 1), "Version of the format.", kRequired);
  field("name", name, "Name of the study and of its folder of results.", kRequired);
  field("question", question, "What it is to answer.");
  field("scenario", scenario, "The scenario that it varies.", kRequired);
  // Maps and lists of the scenario's own keys, which `load_study` takes out before: here they are
  // only known by name.
  std::string by_hand;
  field("set", by_hand, "Values laid over the scenario.");
  field("vary", by_hand, "The axes: keys of the scenario and their values.");
  field("zip", by_hand, "Axes that go together instead of being crossed.");
  field("sample", sample, "`lhs:64` or `sobol:256`: points drawn over all axes.");
  field("replications", replications, range(0, 100'000),
        "Replications of every point; 0: as the scenario says.");
  field("precision", precision, range(percent(0), percent(100)),
        "Goes on until the interval of the first metric is so narrow; 0: does not.");
  field("most_replications", most_replications, range(1, 100'000),
        "Replications of a point at which a precision is given up.");
  field("metrics", by_hand, "The metrics to be shown.");
}

Study load_study(const std::filesystem::path& file) {
  protocol::Reading reading;
  protocol::Source source = protocol::read_yaml(file, reading.complaints);
  Study study;
  if (const auto sets = take(source.root, "set")) {
    read_sets(*sets, study.plan, reading.complaints);
  }
  if (const auto axes = take(source.root, "vary")) {
    read_axes(*axes, study.plan, reading.complaints);
  }
  if (const auto zips = take(source.root, "zip")) {
    read_zips(*zips, study.plan, reading.complaints);
  }
  if (const auto metrics = take(source.root, "metrics")) {
    study.metrics = words(metrics->key, metrics->value, reading.complaints);
  }
  protocol::read(source.root, study, reading);
  if (!study.sample.empty()) {
    study.plan.sampling = parse_sampling(study.sample);
    if (!study.plan.sampling) {
      reading.complain("sample", fmt::format("found {}, expected lhs:n or sobol:n, such as lhs:64",
                                             protocol::shown(study.sample)));
    }
  }
  if (study.precision > protocol::Share{} && study.metrics.empty()) {
    reading.complain("precision", "found no metric that it could mean, expected `metrics`");
  }
  reading.complaints.throw_if_any();
  study.plan.scenario = study.scenario.resolved;
  if (study.replications > 0) study.plan.replications = study.replications;
  if (study.precision > protocol::Share{}) {
    study.plan.precision =
        Precision{study.precision.as_double(), study.metrics.front(), study.most_replications};
  }
  return study;
}

}  // namespace assay::analysis
