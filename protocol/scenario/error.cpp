#include "protocol/scenario/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <tuple>
#include <utility>

#include "sim/check.hpp"

namespace assay::protocol {
namespace {

std::string lines(const std::vector<Complaint>& complaints) {
  SIM_CHECK(!complaints.empty());
  std::string text;
  for (const Complaint& complaint : complaints) {
    if (!text.empty()) text += '\n';
    text += to_text(complaint);
  }
  return text;
}

}  // namespace

std::string to_text(const Complaint& complaint) {
  std::string place = complaint.file;
  if (complaint.line > 0) place += fmt::format(":{}", complaint.line);
  if (complaint.column > 0) place += fmt::format(":{}", complaint.column);
  return place.empty() ? complaint.text : place + ": " + complaint.text;
}

ConfigError::ConfigError(std::vector<Complaint> complaints)
    : std::runtime_error(lines(complaints)), complaints_(std::move(complaints)) {}

ConfigError::ConfigError(Complaint complaint)
    : ConfigError(std::vector<Complaint>{std::move(complaint)}) {}

void Complaints::throw_if_any() const {
  if (all_.empty()) return;
  constexpr std::size_t kMost = 100;
  // A file can be wrong in a hundred thousand places: what is not shown is neither copied nor put
  // in order.
  std::vector<std::string> files;
  std::vector<std::tuple<std::ptrdiff_t, int, int, std::size_t>> order;  // equals as they came up
  for (const Complaint& complaint : all_) {
    auto file = std::find(files.begin(), files.end(), complaint.file);
    if (file == files.end()) file = files.insert(file, complaint.file);
    order.emplace_back(file - files.begin(), complaint.line, complaint.column, order.size());
  }
  const std::size_t count = std::min(kMost, order.size());
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count), order.end());
  std::vector<Complaint> first;
  for (std::size_t i = 0; i < count; ++i) first.push_back(all_[std::get<3>(order[i])]);
  if (all_.size() > count) {
    first.push_back(Complaint{"", 0, 0, fmt::format("... and {} more", all_.size() - count)});
  }
  throw ConfigError(std::move(first));
}

std::string shown(std::string_view text) {
  constexpr std::size_t kLongest = 60;
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    // A character of several bytes is kept whole.
    if (out.size() >= kLongest && (byte & 0xC0u) != 0x80u) return out + "...";
    if (byte < 0x20 || byte == 0x7F) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace assay::protocol
