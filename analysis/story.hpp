#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/ledger.hpp"
#include "protocol/rules.hpp"
#include "sim/time.hpp"

// What happened to one job or one principal, and why: `assay why`.
namespace assay::analysis {

enum class SubjectKind : std::uint8_t { Job, Principal };

/// Whose story it is: a job by its serial number, or a principal as `principals.csv` numbers them.
struct Subject {
  SubjectKind kind = SubjectKind::Job;
  std::uint64_t id = 0;
};

/// One move of money, in millionths of a token or of a dollar.
struct LedgerLine {
  std::string from;
  std::string to;
  std::int64_t micro = 0;
  bool dollars = false;
  protocol::Reason reason{};
};

/// One event that concerned the subject, with the moves of money that it caused.
struct Moment {
  sim::SimTime at;
  std::uint64_t event = 0;        ///< its number in the run
  std::vector<std::string> what;  ///< a sentence each
  std::vector<LedgerLine> lines;
};

/// All moves for one reason, seen from the subject: what came in counts up.
struct BalanceRow {
  std::string label;
  protocol::Tokens tokens;
  protocol::Usd dollars;
};

/// Which moments are kept; the balance counts them all.
struct StoryRange {
  sim::SimTime from;
  sim::SimTime to = sim::kNever;
  std::optional<std::size_t> last;  ///< only so many, the last ones
};

struct Story {
  Subject subject;
  std::vector<std::string> introduction;
  std::vector<Moment> moments;
  std::uint64_t left_out = 0;       ///< moments outside the range
  std::vector<BalanceRow> balance;  ///< its rows sum to what is held at the end
  std::string total_label;
  protocol::Usd total;  ///< a principal's profit; what a job cost its requester
  std::string digest;   ///< of the run, which telling its story does not change
};

/// Runs a market to its horizon and tells the story of one subject; what the simulation knows and
/// the actors do not is marked as private. The memory is that of the moments kept. Throws
/// ConfigError, with the valid range, for a subject that the run does not have.
[[nodiscard]] Story tell(const std::shared_ptr<const protocol::Rules>& rules, std::uint64_t seed,
                         Subject subject, const StoryRange& range = {});

/// The story as people read it.
[[nodiscard]] std::string story_text(const Story& story);
/// `{subject, digest, introduction, moments: [{time_s, event, what, ledger}], left_out, balance,
/// total}`; amounts are whole millionths, `amount_utok` or `amount_uusd`.
[[nodiscard]] std::string story_json(const Story& story);

/// "3d 04:12:07", with milliseconds where there are any.
[[nodiscard]] std::string clock_text(sim::SimTime at);

}  // namespace assay::analysis
