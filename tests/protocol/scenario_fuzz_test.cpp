#include <ctime>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <string>

#include "protocol/scenario/printer.hpp"
#include "protocol/scenario/rules_from.hpp"
#include "protocol/scenario/yaml_source.hpp"
#include "sim/draws.hpp"
#include "tests/catch.hpp"

namespace assay::protocol {
namespace {

std::string quickstart() {
  std::ifstream file(ASSAY_SOURCE_DIR "/scenarios/quickstart.yaml");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// Some small damage: bytes and pieces changed, removed, doubled, moved.
std::string mutated(std::string text, sim::Draws& draws) {
  static const std::string kPieces[] = {":",       ": ",    "[",        "]",
                                        "{",       "}",     ",",        "\n",
                                        "\n\n",    "- ",    "? ",       "&a ",
                                        "*a",      "!x ",   "<<: ",     "---",
                                        "\n---\n", "...",   ".nan",     "nan",
                                        ".inf",    "-.inf", "1e999",    "0x1",
                                        "-1",      "0",     "1e-9",     "99999999999999999999",
                                        "%",       " %",    "|\n",      ">\n",
                                        "\"",      "'",     "\\",       "\t",
                                        "#",       "\xff",  "\xc3\xa4", "\r",
                                        "~",       "null",  "true",     "kind",
                                        "name",    " tok",  " d",       " h",
                                        "\x01",    "@",     "`",        "\xe2\x80\xa8",
                                        "    "};
  const auto place = [&] { return static_cast<std::size_t>(draws.below(text.size() + 1)); };
  const std::uint64_t edits = 1 + draws.below(4);
  for (std::uint64_t i = 0; i < edits; ++i) {
    const std::size_t at = place();
    const std::size_t length = static_cast<std::size_t>(draws.below(draws.below(4) == 0 ? 400 : 8));
    switch (draws.below(6)) {
      case 0:
        text.insert(at, kPieces[draws.below(std::size(kPieces))]);
        break;
      case 1:
        text.erase(at, length);
        break;
      case 2:
        text.insert(place(), text.substr(at, length));
        break;
      case 3:
        if (at < text.size()) text[at] = static_cast<char>(draws.below(256));
        break;
      case 4: {  // a digit becomes another, a word another's
        const std::size_t digit = text.find_first_of("0123456789", at);
        if (digit != std::string::npos) text[digit] = static_cast<char>('0' + draws.below(10));
        break;
      }
      default: {  // two lines change places
        const std::size_t begin = text.rfind('\n', at);
        if (begin == std::string::npos) break;
        const std::size_t end = text.find('\n', begin + 1);
        const std::string line = text.substr(begin, end - begin);
        text.erase(begin, line.size());
        const std::size_t target = text.find('\n', place());
        text.insert(target == std::string::npos ? text.size() : target, line);
      }
    }
  }
  return text;
}

/// The scenario, or none with its complaints thrown away.
std::optional<Scenario> read_text(const std::string& text) {
  Reading reading;
  const auto source =
      std::make_shared<const std::string>(ASSAY_SOURCE_DIR "/scenarios/mutant.yaml");
  try {
    const std::optional<Node> root = parse_yaml(text, source, Offset{}, reading.complaints);
    reading.complaints.throw_if_any();
    Scenario scenario;
    read(*root, scenario, reading);
    reading.complaints.throw_if_any();
    check_scenario(scenario, reading);
    reading.complaints.throw_if_any();
    return scenario;
  } catch (const ConfigError& error) {
    // Every complaint says something and is one line.
    for (const Complaint& complaint : error.complaints()) {
      CHECK(!complaint.text.empty());
      CHECK(to_text(complaint).find('\n') == std::string::npos);
    }
    return std::nullopt;
  }
}

TEST_CASE("damaged scenarios are refused or read, and never hang", "[protocol]") {
  const std::string text = quickstart();
  REQUIRE(read_text(text).has_value());
  int accepted = 0;
  constexpr int kMutants = 4000;
  for (int i = 0; i < kMutants; ++i) {
    sim::Draws draws(2026, 1, static_cast<std::uint64_t>(i));
    const std::string mutant = mutated(text, draws);
    INFO("mutant " << i);
    const std::clock_t begun = std::clock();
    const std::optional<Scenario> scenario = read_text(mutant);
    CHECK(std::clock() - begun < 10 * CLOCKS_PER_SEC);
    if (!scenario) continue;
    ++accepted;
    // What is accepted prints as something that is accepted and prints the same: no NaN, no value
    // out of its range.
    const std::string printed = print(*scenario);
    const std::optional<Scenario> again = read_text(printed);
    INFO(printed);
    REQUIRE(again.has_value());
    CHECK(print(*again) == printed);
  }
  // Both ways are taken: changes of comments and digits are harmless, most others are not.
  CHECK(accepted > kMutants / 50);
  CHECK(accepted < kMutants / 2);
}

}  // namespace
}  // namespace assay::protocol
