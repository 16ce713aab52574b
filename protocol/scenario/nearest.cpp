#include "protocol/scenario/nearest.hpp"

#include <algorithm>
#include <limits>

namespace assay::protocol {
namespace {

// Names are short; what is longer than this is no misspelt name, and would cost quadratic time.
constexpr std::size_t kLongestName = 80;

char folded(char c) {
  if (c >= 'A' && c <= 'Z') return static_cast<char>(c - 'A' + 'a');
  return c == ' ' || c == '_' ? '-' : c;
}

std::string folded(std::string_view word) {
  std::string out;
  for (const char c : word) out += folded(c);
  return out;
}

/// The edit distance of two folded words where it is `most` or less, else some number above that.
/// A file of a hundred thousand unknown keys compares each with every known one: `rows` is scratch
/// space that all of them share.
std::size_t distance(std::string_view a, std::string_view b, std::size_t most,
                     std::vector<std::size_t>& rows) {
  // Three rows of the table: two back, one back, this one.
  const std::size_t width = b.size() + 1;
  rows.resize(3 * width);
  std::size_t* before = rows.data();
  std::size_t* last = before + width;
  std::size_t* row = last + width;
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  std::size_t least_last = 0;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    std::size_t least = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
      least = std::min(least, row[j]);
    }
    // A row follows from the two above it, and no entry is below the least of them.
    if (least > most && least_last > most) return least;
    least_last = least;
    std::size_t* const oldest = before;
    before = last;
    last = row;
    row = oldest;
  }
  return last[b.size()];
}

}  // namespace

std::size_t edit_distance(std::string_view first, std::string_view second) {
  std::vector<std::size_t> rows;
  return distance(folded(first), folded(second), std::numeric_limits<std::size_t>::max(), rows);
}

std::optional<std::string> nearest(std::string_view word, std::span<const std::string> candidates) {
  if (word.empty() || word.size() > kLongestName) return std::nullopt;
  const std::string needle = folded(word);
  const std::size_t most = std::max<std::size_t>(1, word.size() / 3);
  const std::string* best = nullptr;
  std::size_t best_distance = 0;
  std::vector<std::size_t> rows;
  for (const std::string& candidate : candidates) {
    // Each letter more or less is an edit.
    const std::size_t longer = std::max(candidate.size(), word.size());
    if (longer - std::min(candidate.size(), word.size()) > most) continue;
    const std::size_t edits = distance(needle, folded(candidate), most, rows);
    if (edits <= most && (best == nullptr || edits < best_distance)) {
      best = &candidate;
      best_distance = edits;
    }
  }
  if (best != nullptr) return *best;
  // "RTX 3060" is meant where "NVIDIA GeForce RTX 3060" is known; the shortest such name.
  const std::string* around = nullptr;
  for (const std::string& candidate : candidates) {
    const std::string name = folded(candidate);
    const bool within = (needle.size() >= 3 && name.find(needle) != std::string::npos) ||
                        (name.size() >= 3 && needle.find(name) != std::string::npos);
    if (within && (around == nullptr || candidate.size() < around->size())) around = &candidate;
  }
  if (around == nullptr) return std::nullopt;
  return *around;
}

std::string did_you_mean(std::string_view word, std::span<const std::string> candidates) {
  const std::optional<std::string> near = nearest(word, candidates);
  return near ? " (did you mean '" + *near + "'?)" : "";
}

std::string either(std::span<const std::string> words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? " or " : ", ";
    text += words[i];
  }
  return text;
}

}  // namespace assay::protocol
