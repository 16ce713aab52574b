#include "protocol/scenario/error.hpp"

#include <fmt/format.h>

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
