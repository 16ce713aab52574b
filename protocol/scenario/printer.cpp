#include "protocol/scenario/printer.hpp"

#include <fmt/format.h>

#include <utility>

#include "protocol/scenario/choice.hpp"
#include "protocol/scenario/quantity_fields.hpp"
#include "protocol/scenario/units.hpp"
#include "protocol/scenario/yaml_words.hpp"

namespace assay::protocol {
namespace {

/// A letter or a path's slash first, no sign that YAML gives a meaning, nothing that reads as a
/// truth or as nothing.
bool is_safe(std::string_view word) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  if (word.empty()) return false;
  if (word.front() != '/' && kLetters.find(word.front()) == std::string_view::npos) return false;
  if (word.back() == ' ') return false;
  for (const char c : word) {
    const bool plain = kLetters.find(c) != std::string_view::npos ||
                       std::string_view("0123456789 _-./").find(c) != std::string_view::npos;
    if (!plain) return false;
  }
  return !is_no_text(word);
}

class Printer final : public QuantityFields<Printer> {
 public:
  [[nodiscard]] std::string take_text() { return std::move(text_); }

  template <class Q>
  void quantity(Name name, Q& value, Range<Q> allowed, Doc doc, Presence presence);

  using QuantityFields::operator();
  void operator()(Name, bool&, Doc, Presence) override;
  void operator()(Name, std::string&, Doc, Presence) override;
  void operator()(Name, std::string&, std::span<const std::string_view> words, Doc,
                  Presence) override;
  void operator()(Name, FilePath&, Doc, Presence) override;
  void operator()(Name, Mix&, Doc, Presence) override;
  void operator()(Name, ChoiceBase&, Doc, Presence) override;

 protected:
  void begin_map(Name, Doc, Presence) override;
  void end_map() override;
  void list(Name, ListBase&, Doc, Presence) override;

 private:
  void line(std::string_view key, std::string_view value);

  std::string text_;
  std::size_t depth_ = 0;
  bool first_of_entry_ = false;  ///< the next line opens an entry of a list
};

void Printer::line(std::string_view key, std::string_view value) {
  std::string indent(2 * depth_, ' ');
  if (std::exchange(first_of_entry_, false)) indent[indent.size() - 2] = '-';
  text_ += fmt::format("{}{}:{}{}\n", indent, key, value.empty() ? "" : " ", value);
}

template <class Q>
void Printer::quantity(Name name, Q& value, Range<Q> /*allowed*/, Doc /*doc*/,
                       Presence /*presence*/) {
  line(name, to_text(value));
}

void Printer::operator()(Name name, bool& value, Doc /*doc*/, Presence /*presence*/) {
  line(name, value ? "true" : "false");
}

void Printer::operator()(Name name, std::string& value, Doc /*doc*/, Presence presence) {
  if (value.empty() && presence == Presence::Optional) return;
  line(name, yaml_word(value));
}

void Printer::operator()(Name name, std::string& value, std::span<const std::string_view> /*words*/,
                         Doc /*doc*/, Presence /*presence*/) {
  line(name, value);
}

void Printer::operator()(Name name, FilePath& value, Doc /*doc*/, Presence presence) {
  if (value.as_written.empty() && presence == Presence::Optional) return;
  line(name, yaml_word(value.resolved));
}

void Printer::operator()(Name name, Mix& value, Doc /*doc*/, Presence presence) {
  if (value.parts.empty() && presence == Presence::Optional) return;
  line(name, "");
  ++depth_;
  for (const Mix::Part& part : value.parts) line(yaml_word(part.name), to_text(part.share));
  --depth_;
}

void Printer::operator()(Name name, ChoiceBase& value, Doc /*doc*/, Presence /*presence*/) {
  if (value.kind().empty()) return;
  line(name, "");
  ++depth_;
  line("kind", value.kind());
  value.describe(*this);
  --depth_;
}

void Printer::begin_map(Name name, Doc /*doc*/, Presence /*presence*/) {
  line(name, "");
  ++depth_;
}

void Printer::end_map() { --depth_; }

void Printer::list(Name name, ListBase& value, Doc /*doc*/, Presence presence) {
  if (value.size() == 0) {
    if (presence == Presence::Required) line(name, "[]");
    return;
  }
  line(name, "");
  depth_ += 2;
  for (std::size_t i = 0; i < value.size(); ++i) {
    first_of_entry_ = true;
    value.describe(i, *this);
    first_of_entry_ = false;
  }
  depth_ -= 2;
}

}  // namespace

std::string yaml_word(std::string_view word) {
  if (is_safe(word)) return std::string(word);
  std::string out = "\"";
  for (const char c : word) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte == 0x7F) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += c;
    }
  }
  return out + "\"";
}

std::string print_map(const std::function<void(Fields&)>& describe) {
  Printer printer;
  describe(printer);
  return printer.take_text();
}

}  // namespace assay::protocol
