#include <fmt/format.h>

#include <utility>

#include "apps/assay/commands.hpp"
#include "apps/assay/running.hpp"
#include "apps/assay/sweeping.hpp"
#include "protocol/scenario/error.hpp"
#include "protocol/scenario/units.hpp"

namespace assay::apps {
namespace {

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> words;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    words.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return words;
}

std::string command_text(const SweepOptions& options) {
  std::string text = "assay sweep " + shell_quoted(options.scenario);
  for (const std::string& axis : options.axes) text += " --vary " + shell_quoted(axis);
  for (const std::string& zip : options.zips) text += " --zip " + shell_quoted(zip);
  if (!options.sample.empty()) text += " --sample " + shell_quoted(options.sample);
  if (options.replications) text += fmt::format(" --replications {}", *options.replications);
  if (!options.precision.empty()) text += " --precision " + shell_quoted(options.precision);
  if (options.most) text += fmt::format(" --most-replications {}", *options.most);
  for (const std::string& metric : options.metrics) text += " --metric " + shell_quoted(metric);
  return text + flags_text(options.flags);
}

}  // namespace

int sweep(const SweepOptions& options) {
  protocol::Complaints complaints;
  const auto complain = [&complaints](std::string text) {
    complaints.add(protocol::Complaint{"", 0, 0, std::move(text)});
  };
  SweepRequest request;
  request.flags = options.flags;
  request.command = command_text(options);
  for (const std::string& metric : options.metrics) {
    for (std::string& name : split(metric)) request.metrics.push_back(std::move(name));
  }
  analysis::PlanSpec& plan = request.plan;
  plan.scenario = options.scenario;
  plan.replications = options.replications;
  apply_flags(options.flags, plan, complaints);
  for (const std::string& axis : options.axes) {
    auto spec = analysis::parse_axis("--vary", axis, complaints);
    if (spec) plan.axes.push_back(std::move(*spec));
  }
  for (const std::string& zip : options.zips) plan.zipped.push_back(split(zip));
  if (!options.sample.empty()) {
    plan.sampling = analysis::parse_sampling(options.sample);
    if (!plan.sampling) {
      complain(fmt::format("--sample: found {}, expected lhs:n or sobol:n, such as lhs:64",
                           protocol::shown(options.sample)));
    }
  }
  if (!options.precision.empty()) {
    const auto share = protocol::parse<protocol::Share>(options.precision);
    if (!share || *share <= protocol::Share{}) {
      complain(fmt::format("--precision: found {}, expected a share above zero, such as 5%",
                           protocol::shown(options.precision)));
    } else if (request.metrics.empty()) {
      complain("--precision: found no metric that it could mean, expected --metric");
    } else {
      plan.precision = analysis::Precision{share->as_double(), request.metrics.front(),
                                           options.most.value_or(analysis::Precision{}.most)};
    }
  }
  complaints.throw_if_any();
  return run_sweep(std::move(request));
}

}  // namespace assay::apps
