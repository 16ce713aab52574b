#include "protocol/scenario/nearest.hpp"

#include <algorithm>

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

}  // namespace

std::size_t edit_distance(std::string_view first, std::string_view second) {
  const std::string a = folded(first);
  const std::string b = folded(second);
  // Three rows of the table: two back, one back, this one.
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
    std::swap(before, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

std::optional<std::string> nearest(std::string_view word, std::span<const std::string> candidates) {
  if (word.empty() || word.size() > kLongestName) return std::nullopt;
  const std::string* best = nullptr;
  std::size_t best_distance = 0;
  for (const std::string& candidate : candidates) {
    const std::size_t distance = edit_distance(word, candidate);
    if (best == nullptr || distance < best_distance) {
      best = &candidate;
      best_distance = distance;
    }
  }
  if (best == nullptr) return std::nullopt;
  if (best_distance <= std::max<std::size_t>(1, word.size() / 3)) return *best;
  // "RTX 3060" is meant where "NVIDIA GeForce RTX 3060" is known; the shortest such name.
  const std::string needle = folded(word);
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
