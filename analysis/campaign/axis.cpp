#include "analysis/campaign/axis.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>
#include <utility>

#include "analysis/numbers.hpp"
#include "protocol/scenario/error.hpp"
#include "protocol/scenario/printer.hpp"
#include "protocol/scenario/yaml_source.hpp"

namespace assay::analysis {
namespace {

using protocol::Complaints;
using protocol::Node;
using protocol::Place;
using protocol::shown;

constexpr int kMostValues = 10'000;
constexpr std::string_view kExpected =
    "values a,b,c or a span lo..hi:lin:n or lo..hi:log:n, such as 1 %..50 %:log:8";

void complain(Complaints& complaints, const Place& place, const std::string& key,
              const std::string& text) {
  complaints.add(protocol::complaint_at(place, fmt::format("{}: {}", key, text)));
}

/// A part of a text, and where it begins in it.
struct Piece {
  std::string_view text;
  std::size_t at = 0;
};

Piece trimmed(Piece piece) {
  while (!piece.text.empty() && piece.text.front() == ' ') {
    piece.text.remove_prefix(1);
    ++piece.at;
  }
  while (!piece.text.empty() && piece.text.back() == ' ') piece.text.remove_suffix(1);
  return piece;
}

/// Splits at commas that stand in no bracket and in no quotes.
std::vector<Piece> split(std::string_view text) {
  std::vector<Piece> pieces;
  int depth = 0;
  char quote = 0;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    const char c = i < text.size() ? text[i] : ',';
    if (i < text.size() && quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if (c == '}' || c == ']') {
      --depth;
    } else if (i == text.size() || (c == ',' && depth == 0)) {
      pieces.push_back(trimmed({text.substr(begin, i - begin), begin}));
      begin = i + 1;
    }
  }
  return pieces;
}

/// Values that were read on their own get the line of the text that they stand in.
void put_on_line(Node& node, int line) {
  node.place.line = line;
  for (Node::Entry& entry : node.entries) {
    entry.place.line = line;
    put_on_line(entry.value, line);
  }
  for (Node& item : node.items) put_on_line(item, line);
}

bool looks_like_span(std::string_view text) {
  const bool number =
      !text.empty() &&
      (text.front() == '-' || std::isdigit(static_cast<unsigned char>(text.front())) != 0);
  return number && text.find("..") != std::string_view::npos;
}

std::optional<AxisSpec::Span> parse_span(std::string_view text) {
  const std::size_t dots = text.find("..");
  std::string_view rest = text.substr(dots + 2);
  AxisSpec::Span span;
  if (const std::size_t colon = rest.rfind(':'); colon != std::string_view::npos) {
    const std::string_view word = rest.substr(colon + 1);
    if (word != "lin" && word != "log") {
      int count = 0;
      const auto end = std::from_chars(word.data(), word.data() + word.size(), count);
      if (end.ec != std::errc() || end.ptr != word.data() + word.size()) return std::nullopt;
      span.count = count;
      rest = rest.substr(0, colon);
    }
  }
  if (const std::size_t colon = rest.rfind(':'); colon != std::string_view::npos) {
    const std::string_view word = rest.substr(colon + 1);
    if (word != "lin" && word != "log") return std::nullopt;
    span.log = word == "log";
    rest = rest.substr(0, colon);
  }
  const auto low = as_quantity(trimmed({text.substr(0, dots), 0}).text);
  const auto high = as_quantity(trimmed({rest, 0}).text);
  if (!low || !high) return std::nullopt;
  span.low = *low;
  span.high = *high;
  if (span.low.unit.empty()) span.low.unit = span.high.unit;  // `1..50 %`
  return span;
}

/// What is wrong with a span that could be read; empty where nothing is.
std::string fault(const AxisSpec::Span& span) {
  if (span.low.unit != span.high.unit) {
    return fmt::format("found {} and {}, expected both ends in one unit", span.low.unit,
                       span.high.unit);
  }
  if (!(span.low.number < span.high.number)) {
    return fmt::format("found {}..{}, expected the lower end first", span.low.text, span.high.text);
  }
  if (span.log && span.low.number <= 0.0) {
    return fmt::format("found {} as the lower end, expected more than 0 where steps are factors",
                       span.low.text);
  }
  if (span.count && (*span.count < 2 || *span.count > kMostValues)) {
    return fmt::format("found {} values, expected 2 to {}", *span.count, kMostValues);
  }
  return {};
}

/// Reads the values in `text`, which begins at `spec.place`.
bool read_values(AxisSpec& spec, std::string_view text, Complaints& complaints) {
  const std::vector<Piece> pieces = split(text);
  if (pieces.size() == 1 && looks_like_span(pieces.front().text)) {
    spec.span = parse_span(pieces.front().text);
    const std::string wrong =
        spec.span ? fault(*spec.span)
                  : fmt::format("found {}, expected {}", shown(pieces.front().text), kExpected);
    if (wrong.empty()) return true;
    complain(complaints, spec.place, spec.key, wrong);
    return false;
  }
  for (const Piece& piece : pieces) {
    Place place = spec.place;
    place.column += static_cast<int>(piece.at);
    if (piece.text.empty()) {
      complain(complaints, place, spec.key, fmt::format("found nothing, expected {}", kExpected));
      return false;
    }
    std::optional<Node> node = protocol::parse_yaml(
        piece.text, place.file, protocol::Offset{true, place.column - 1}, complaints);
    if (!node) return false;
    put_on_line(*node, place.line);
    spec.values.push_back(std::move(*node));
  }
  return true;
}

bool check_key(const AxisSpec& spec, Complaints& complaints) {
  const std::string dotted = "." + spec.key + ".";
  if (dotted.find("..") != std::string::npos) {
    complaints.add(protocol::complaint_at(spec.key_place,
                                          "found no key, expected path.to.key and its values"));
    return false;
  }
  if (spec.key == "seed" || spec.key == "replications") {
    complain(complaints, spec.key_place, spec.key,
             "found an axis that leaves the market as it is: every replication draws anew, "
             "--replications says how many");
    return false;
  }
  return true;
}

/// So many digits behind the point as money, shares and tokens can have.
int finest(const std::string& unit) { return unit.empty() ? 9 : 6; }

std::string number_text(double value, int decimals, const std::string& unit, bool whole) {
  decimals = whole ? 0 : std::clamp(decimals, 0, finest(unit));
  std::string text = fmt::format("{:.{}f}", value, decimals);
  if (decimals > 0) {
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
  }
  if (text == "-0") text = "0";
  return unit.empty() ? text : text + " " + unit;
}

/// The text at `place` in [0, 1] of a span. Values between the ends are rounded to what a reader
/// wants to see; the text is what is run.
std::string at_place(const AxisSpec::Span& span, double place, double step, bool whole) {
  constexpr int kLogDigits = 4;   // of the value
  constexpr int kStepDigits = 3;  // of the distance to the next
  const double low = span.low.number;
  const double high = span.high.number;
  if (span.log) {
    const double value = low * std::pow(high / low, place);
    return number_text(value, kLogDigits - 1 - exponent_of(value), span.high.unit, whole);
  }
  return number_text(low + (high - low) * place, kStepDigits - 1 - exponent_of(step),
                     span.high.unit, whole);
}

Node word_node(std::string text, const Place& place) {
  Node node;
  node.kind = Node::Kind::Word;
  node.place = place;
  node.word = std::move(text);
  return node;
}

/// Finds the axis's unit and turns values into numbers of it, or into words where not all are
/// numbers.
bool settle_unit(Axis& axis, Complaints& complaints) {
  std::vector<Quantity> all;
  bool percent = false;
  for (const AxisValue& value : axis.values) {
    const bool plain = value.node.kind == Node::Kind::Word && !value.node.quoted;
    const auto quantity = plain ? as_quantity(value.text) : std::nullopt;
    if (!quantity) {
      axis.scale = AxisScale::Words;
      return true;
    }
    percent |= quantity->unit == "%";
    all.push_back(*quantity);
  }
  for (std::size_t i = 0; i < all.size(); ++i) {
    Quantity& quantity = all[i];
    if (percent && (quantity.unit == "%" || quantity.unit.empty())) {
      if (quantity.unit == "%") quantity.number /= 100.0;
      quantity.unit = "share";
    }
    if (quantity.unit != all.front().unit) {
      complain(complaints, axis.values[i].node.place, axis.key,
               fmt::format("found {}, expected the unit of the first value, {}",
                           axis.values[i].text, axis.values.front().text));
      return false;
    }
    axis.values[i].value = quantity.number;
  }
  axis.unit = all.front().unit;
  return true;
}

/// Complains about a value that occurs twice, in whatever notation; where a span makes it, nobody
/// wrote it twice, and what is wrong is their number.
bool check_apart(const AxisSpec& spec, const Axis& axis, Complaints& complaints) {
  std::set<std::pair<double, std::string>> seen;
  for (const AxisValue& value : axis.values) {
    const bool number = axis.scale != AxisScale::Words;
    if (seen.emplace(number ? *value.value : 0.0, number ? "" : value.text).second) continue;
    complain(complaints, value.node.place, spec.key,
             spec.span
                 ? fmt::format("found {} values from {} to {}, expected fewer: two of them are "
                               "rounded to {}",
                               axis.values.size(), axis.values.front().text,
                               axis.values.back().text, value.text)
                 : fmt::format("found {} twice, expected every value once", shown(value.text)));
    return false;
  }
  return true;
}

}  // namespace

std::optional<Quantity> as_quantity(std::string_view text) {
  Quantity quantity;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), quantity.number);
  if (end.ec != std::errc() || !std::isfinite(quantity.number)) return std::nullopt;
  quantity.text = std::string(text.data(), end.ptr);
  std::string_view unit = text.substr(quantity.text.size());
  while (!unit.empty() && unit.front() == ' ') unit.remove_prefix(1);
  const bool known = std::all_of(unit.begin(), unit.end(), [](unsigned char c) {
    return std::isalpha(c) != 0 || c == '/' || c == '%';
  });
  if (!known) return std::nullopt;
  quantity.unit = unit;
  return quantity;
}

std::optional<AxisSpec> parse_axis(std::string_view option, const std::string& text,
                                   Complaints& complaints) {
  const auto source =
      std::make_shared<const std::string>(fmt::format("{} {}", option, shown(text)));
  const std::size_t equals = text.find('=');
  AxisSpec spec;
  spec.key = text.substr(0, equals);
  spec.key_place = Place{source, 0, 1};
  if (equals == std::string::npos) {
    complaints.add(protocol::complaint_at(Place{source, 0, static_cast<int>(text.size()) + 1},
                                          fmt::format("found no '=', expected key={}", kExpected)));
    return std::nullopt;
  }
  spec.place = Place{source, 0, static_cast<int>(equals) + 2};
  if (!check_key(spec, complaints)) return std::nullopt;
  if (!read_values(spec, std::string_view(text).substr(equals + 1), complaints)) {
    return std::nullopt;
  }
  return spec;
}

std::optional<AxisSpec> read_axis(const std::string& key, Place key_place, const Node& value,
                                  Complaints& complaints) {
  AxisSpec spec;
  spec.key = key;
  spec.key_place = std::move(key_place);
  spec.place = value.place;
  if (!check_key(spec, complaints)) return std::nullopt;
  if (value.kind == Node::Kind::Word) {
    if (!read_values(spec, value.word, complaints)) return std::nullopt;
  } else if (value.kind == Node::Kind::List && !value.items.empty()) {
    spec.values = value.items;
  } else {
    complain(complaints, value.place, key,
             fmt::format("found {}, expected a list, {}",
                         value.items.empty() && value.kind == Node::Kind::List ? "an empty list"
                                                                               : value.seen(),
                         kExpected));
    return std::nullopt;
  }
  return spec;
}

std::optional<Axis> grid(const AxisSpec& spec, bool whole, Complaints& complaints) {
  Axis axis;
  axis.key = spec.key;
  axis.key_place = spec.key_place;
  for (const Node& node : spec.values) axis.values.push_back({node_text(node), {}, node});
  if (spec.span) {
    if (!spec.span->count) {
      complain(complaints, spec.place, spec.key,
               fmt::format("found no number of values, expected {}", kExpected));
      return std::nullopt;
    }
    if (spec.span->log) axis.scale = AxisScale::Log;
    const int last = *spec.span->count - 1;
    const double step = (spec.span->high.number - spec.span->low.number) / last;
    for (int i = 0; i <= last; ++i) {
      std::string text = at_place(*spec.span, static_cast<double>(i) / last, step, whole);
      // The ends are what was written, to the last digit.
      const Quantity& end = i == 0 ? spec.span->low : spec.span->high;
      if (i == 0 || i == last) text = end.text + (end.unit.empty() ? "" : " ") + end.unit;
      axis.values.push_back({text, {}, word_node(text, spec.place)});
    }
  }
  if (!settle_unit(axis, complaints) || !check_apart(spec, axis, complaints)) return std::nullopt;
  return axis;
}

std::optional<Axis> sampled(const AxisSpec& spec, bool whole, const std::vector<double>& places,
                            Complaints& complaints) {
  Axis axis;
  axis.key = spec.key;
  axis.key_place = spec.key_place;
  if (spec.span && spec.span->log) axis.scale = AxisScale::Log;
  for (const double place : places) {
    if (spec.span) {
      const double step = (spec.span->high.number - spec.span->low.number) / 1000.0;
      // Every whole number between the ends gets the same part of [0, 1).
      AxisSpec::Span span = *spec.span;
      if (whole && !span.log) {
        const double width = span.high.number - span.low.number + 1.0;
        const double value = span.low.number + std::floor(place * width);
        const std::string text = number_text(value, 0, span.high.unit, true);
        axis.values.push_back({text, {}, word_node(text, spec.place)});
        continue;
      }
      const std::string text = at_place(span, place, step, whole);
      axis.values.push_back({text, {}, word_node(text, spec.place)});
    } else {
      const auto count = static_cast<double>(spec.values.size());
      const Node& node = spec.values[static_cast<std::size_t>(place * count)];
      axis.values.push_back({node_text(node), {}, node});
    }
  }
  if (!settle_unit(axis, complaints)) return std::nullopt;
  return axis;
}

std::string node_text(const Node& node) {
  std::string text;
  const auto join = [&text](const std::string& part) { text += (text.empty() ? "" : ", ") + part; };
  switch (node.kind) {
    case Node::Kind::Map:
      for (const Node::Entry& entry : node.entries) {
        join(fmt::format("{}: {}", protocol::yaml_word(entry.key), node_text(entry.value)));
      }
      return "{" + text + "}";
    case Node::Kind::List:
      for (const Node& item : node.items) join(node_text(item));
      return "[" + text + "]";
    case Node::Kind::Word:
      return node.quoted ? protocol::yaml_word(node.word) : node.word;
    case Node::Kind::Nothing:
    case Node::Kind::Refused:
      break;
  }
  return "null";
}

}  // namespace assay::analysis
