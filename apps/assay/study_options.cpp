#include "apps/assay/study_options.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "analysis/attack_set.hpp"
#include "analysis/tuning/deviation.hpp"
#include "apps/assay/campaigns.hpp"
#include "protocol/scenario/nearest.hpp"
#include "protocol/scenario/units.hpp"

namespace assay::apps {
namespace {

[[noreturn]] void refuse(std::string_view option, const std::string& text) {
  throw protocol::ConfigError(protocol::Complaint{"", 0, 0, fmt::format("{}: {}", option, text)});
}

protocol::Share parsed_share(const std::string& text, std::string_view option,
                             std::string_view expected) {
  const auto value = protocol::parse<protocol::Share>(text);
  if (!value) {
    refuse(option, fmt::format("found {}, expected {}", protocol::shown(text), expected));
  }
  return *value;
}

}  // namespace

std::vector<std::string> strategies(const std::string& text, std::string_view option) {
  std::vector<std::string> known;
  for (const auto& member : protocol::members<protocol::Strategy>()) {
    if (member.kind != "honest") known.emplace_back(member.kind);
  }
  if (text == "all") return analysis::catalogued_attacks();
  if (("," + text + ",").find(",all,") != std::string::npos) {
    refuse(option, fmt::format("found all among other strategies in {}, expected it alone",
                               protocol::shown(text)));
  }
  std::vector<std::string> asked;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    const std::string word = text.substr(at, end - at);
    at = end + 1;
    if (std::find(known.begin(), known.end(), word) == known.end()) {
      std::vector<std::string> words = known;
      words.insert(words.begin(), "all");
      refuse(option, fmt::format("found {}, expected {}{}", protocol::shown(word),
                                 protocol::either(words), protocol::did_you_mean(word, words)));
    }
    if (std::find(asked.begin(), asked.end(), word) == asked.end()) asked.push_back(word);
  }
  return asked;
}

double confidence(const std::string& text) {
  constexpr const char* kExpected = "a share from 50 % to less than 100 %, such as 95%";
  const double value = parsed_share(text, "--confidence", kExpected).as_double();
  if (value < 0.5 || value >= 1.0) {
    refuse("--confidence", fmt::format("found {}, expected {}", text, kExpected));
  }
  return value;
}

protocol::Share share(const std::string& text, std::string_view option) {
  constexpr const char* kExpected = "a share above 0 %, up to 100 %, such as 5%";
  const protocol::Share value = parsed_share(text, option, kExpected);
  if (value.ppb <= 0 || value > protocol::kWhole) {
    refuse(option, fmt::format("found {}, expected {}", text, kExpected));
  }
  return value;
}

RunsLine::RunsLine(std::string_view label)
    : label_(label), terminal_(rewrites_lines()), begun_(std::chrono::steady_clock::now()) {}

void RunsLine::show() {
  if (!terminal_) return;
  fmt::print(stderr, "\r\033[K{}: {} runs, {:.0f} s", label_, computed_.load(), wall_s());
  std::fflush(stderr);
  shown_ = true;
}

void RunsLine::end() {
  if (shown_) fmt::print(stderr, "\r\033[K");
  shown_ = false;
}

double RunsLine::wall_s() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun_).count();
}

analysis::Campaign deviation_campaign(const std::filesystem::path& folder,
                                      const std::optional<int>& jobs, const StopOnSignal& stop,
                                      RunsLine& line) {
  analysis::CampaignOptions options;
  options.jobs = threads(jobs);
  options.kind = "deviation";
  options.retry_failed = true;  // a study without one of its runs has no answer
  options.stop = &stop.asked();
  options.report = [&line](const analysis::CampaignProgress&) { line.show(); };
  options.run = [&line](const analysis::PointSpec& point, std::uint64_t seed, int replication,
                        const std::atomic<bool>& stopped) {
    line.count_run();
    return analysis::run_deviation(point, seed, replication, stopped);
  };
  return open_campaign(folder, std::move(options));
}

}  // namespace assay::apps
