#include "protocol/scenario/error.hpp"

#include <fmt/format.h>

#include <algorithm>
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
  std::vector<std::string> files;
  for (const Complaint& complaint : all_) {
    if (std::find(files.begin(), files.end(), complaint.file) == files.end()) {
      files.push_back(complaint.file);
    }
  }
  const auto order = [&files](const Complaint& complaint) {
    const auto file = std::find(files.begin(), files.end(), complaint.file) - files.begin();
    return std::tuple(file, complaint.line, complaint.column);
  };
  std::vector<Complaint> sorted = all_;
  std::stable_sort(sorted.begin(), sorted.end(), [&order](const Complaint& a, const Complaint& b) {
    return order(a) < order(b);
  });
  if (sorted.size() > kMost) {
    const std::size_t more = sorted.size() - kMost;
    sorted.resize(kMost);
    sorted.push_back(Complaint{"", 0, 0, fmt::format("... and {} more", more)});
  }
  throw ConfigError(std::move(sorted));
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
