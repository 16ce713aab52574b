#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "analysis/story.hpp"

namespace assay::analysis {
namespace {

using Json = nlohmann::ordered_json;
using protocol::decimal;

std::string_view kind_text(SubjectKind kind) {
  return kind == SubjectKind::Job ? "job" : "principal";
}

std::string signed_text(std::int64_t micro) {
  return fmt::format("{}{}", micro > 0 ? "+" : "", decimal(micro, 6));
}

}  // namespace

std::string clock_text(sim::SimTime at) {
  const std::int64_t ms = at.time_since_epoch() / std::chrono::milliseconds(1);
  const std::int64_t seconds = ms / 1000;
  std::string text = fmt::format("{}d {:02}:{:02}:{:02}", seconds / 86'400, seconds / 3600 % 24,
                                 seconds / 60 % 60, seconds % 60);
  if (ms % 1000 != 0) text += fmt::format(".{:03}", ms % 1000);
  return text;
}

std::string story_text(const Story& story) {
  std::string text;
  for (const std::string& line : story.introduction) text += line + "\n";
  if (story.left_out > 0) text += fmt::format("\n({} moments are left out)\n", story.left_out);
  for (const Moment& moment : story.moments) {
    text += fmt::format("\n{}  (event {})\n", clock_text(moment.at), moment.event);
    for (const std::string& what : moment.what) text += fmt::format("  {}\n", what);
    for (const LedgerLine& line : moment.lines) {
      text += fmt::format("    {:>16} {}  {} -> {}  ({})\n", decimal(line.micro, 6),
                          line.dollars ? "USD" : "tok", line.from, line.to, name(line.reason));
    }
  }
  text += fmt::format("\n{:<28} {:>20} {:>20}\n", "balance", "tok", "USD");
  for (const BalanceRow& row : story.balance) {
    text += fmt::format("{:<28} {:>20} {:>20}\n", row.label, signed_text(row.tokens.micro()),
                        signed_text(row.dollars.micro()));
  }
  text += fmt::format("{}: {} USD\n", story.total_label, decimal(story.total.micro(), 6));
  return text;
}

std::string story_json(const Story& story) {
  Json out;
  out["subject"] = {{"kind", kind_text(story.subject.kind)}, {"id", story.subject.id}};
  out["digest"] = story.digest;
  out["introduction"] = story.introduction;
  Json moments = Json::array();
  for (const Moment& moment : story.moments) {
    Json lines = Json::array();
    for (const LedgerLine& line : moment.lines) {
      lines.push_back({{line.dollars ? "amount_uusd" : "amount_utok", line.micro},
                       {"from", line.from},
                       {"to", line.to},
                       {"reason", name(line.reason)}});
    }
    moments.push_back({{"time_s", sim::to_seconds(moment.at)},
                       {"event", moment.event},
                       {"what", moment.what},
                       {"ledger", std::move(lines)}});
  }
  out["moments"] = std::move(moments);
  out["left_out"] = story.left_out;
  Json balance = Json::array();
  for (const BalanceRow& row : story.balance) {
    balance.push_back({{"label", row.label},
                       {"amount_utok", row.tokens.micro()},
                       {"amount_uusd", row.dollars.micro()}});
  }
  out["balance"] = std::move(balance);
  out["total"] = {{"label", story.total_label}, {"amount_uusd", story.total.micro()}};
  return out.dump(2) + "\n";
}

}  // namespace assay::analysis
