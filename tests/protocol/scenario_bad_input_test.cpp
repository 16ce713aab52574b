#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <string>

#include "protocol/scenario/load.hpp"
#include "tests/catch.hpp"
#include "tests/protocol/small_market.hpp"

namespace assay::protocol {
namespace {

#if defined(NDEBUG) && !defined(__SANITIZE_ADDRESS__)
constexpr double kMostSeconds = 1.0;
#else
constexpr double kMostSeconds = 20.0;
#endif

/// The complaints about a file, the folder's name left out, which must come within a second; builds
/// that are slow on purpose may take longer.
std::vector<Complaint> complaints(const ScratchFolder& folder, const std::filesystem::path& file) {
  const std::clock_t begun = std::clock();
  std::vector<Complaint> found;
  try {
    (void)load_scenario(file);
  } catch (const ConfigError& error) {
    found = error.complaints();
  }
  // Of this program's own time: the machine may be busy with something else.
  const double seconds =
      static_cast<double>(std::clock() - begun) / static_cast<double>(CLOCKS_PER_SEC);
  CHECK(seconds < kMostSeconds);
  const std::string prefix = folder.path().string() + "/";
  for (Complaint& complaint : found) {
    if (complaint.file.starts_with(prefix)) complaint.file.erase(0, prefix.size());
  }
  return found;
}

/// The one complaint that a text gives.
std::string only(const ScratchFolder& folder, std::string_view text) {
  const std::vector<Complaint> found = complaints(folder, folder.write("bad.yaml", text));
  INFO(text.substr(0, 200));
  REQUIRE(found.size() == 1);
  return to_text(found.front());
}

/// The first complaint that a text gives.
std::string first(const ScratchFolder& folder, std::string_view text) {
  const std::vector<Complaint> found = complaints(folder, folder.write("bad.yaml", text));
  INFO(text.substr(0, 200));
  REQUIRE(!found.empty());
  return to_text(found.front());
}

std::string repeated(std::string_view what, int times) {
  std::string text;
  for (int i = 0; i < times; ++i) text += what;
  return text;
}

TEST_CASE("what is no scenario file is refused in one sentence", "[protocol]") {
  const ScratchFolder folder;
  const auto said = [&](const std::filesystem::path& path) {
    const std::vector<Complaint> found = complaints(folder, path);
    REQUIRE(found.size() == 1);
    return to_text(found.front());
  };
  CHECK(said(folder.path() / "none.yaml") == "none.yaml: found no such file");
  CHECK(said("") == "found no such file");
  CHECK(said(folder.path()) == folder.path().string() + ": found a directory, expected a file");
  CHECK(said("/dev/zero") == "/dev/zero: found no regular file, expected one");
  // A regular file that cannot be read, whoever asks.
  CHECK(said("/proc/self/mem").find("/proc/self/mem: cannot be read: ") == 0);
  CHECK(said(folder.path() / std::string(300, 'x')).find("found no such file") !=
        std::string::npos);
  CHECK(only(folder, "") == "bad.yaml: found an empty file, expected a scenario");
  CHECK(only(folder, " \n\t\r\n") == "bad.yaml: found an empty file, expected a scenario");
  CHECK(only(folder, "# a comment alone\n") ==
        "bad.yaml:1:1: found nothing, expected a map of keys and values");
  CHECK(only(folder, "---\n...\n").find("found nothing, expected a map") != std::string::npos);
  CHECK(only(folder, "quickstart") ==
        "bad.yaml:1:1: found quickstart, expected a map of keys and values");
  CHECK(only(folder, "- a\n- b\n") ==
        "bad.yaml:1:1: found a list, expected a map of keys and values");
}

TEST_CASE("bytes that are no text are refused with their place", "[protocol]") {
  const ScratchFolder folder;
  using namespace std::string_view_literals;
  CHECK(only(folder, "name: x\nseed: \xff\n") ==
        "bad.yaml:2:7: found the byte 0xff, expected UTF-8 text");
  CHECK(only(folder, "name: \xc3") == "bad.yaml:1:7: found the byte 0xc3, expected UTF-8 text");
  CHECK(only(folder, "name: \xc0\xaf").find("0xc0") != std::string::npos);      // overlong
  CHECK(only(folder, "name: \xed\xa0\x80").find("0xed") != std::string::npos);  // a surrogate
  CHECK(only(folder, "name: \xf4\x90\x80\x80").find("0xf4") != std::string::npos);
  CHECK(only(folder, "\xff\xfen\0a\0"sv).find("bad.yaml:1:1: found the byte 0xff") == 0);
  CHECK(only(folder, "ä: \0"sv) ==
        "bad.yaml:1:4: found the control character 0x00, expected UTF-8 text");
  CHECK(only(folder, "a: \x1b[31m").find("found the control character 0x1b") != std::string::npos);
}

TEST_CASE("more than a mebibyte is refused, a little less is read", "[protocol]") {
  const ScratchFolder folder;
  const std::size_t mebibyte = std::size_t{1} << 20;
  CHECK(only(folder, "a: " + std::string(mebibyte - 2, 'x')) ==
        "bad.yaml: found more than 1 MiB, expected a scenario");
  CHECK(first(folder, "a: " + std::string(mebibyte - 3, 'x')).find("found more than 1 MiB") ==
        std::string::npos);
  // The largest files that are read end soon, whatever they hold.
  for (const char* unit : {"a: 1\n", "[", "{", "- ", "? ", "\"", "'", "&a ", "!x ", "|\n", "a\n",
                           "a: [\n", "{a: ", "*a\n", ": ", "%TAG\n", "---\n", "\n", "- - \n"}) {
    const int times = static_cast<int>(mebibyte / std::string_view(unit).size()) - 1;
    INFO("unit: " << unit);
    first(folder, repeated(unit, times));
  }
  std::string keys;
  for (int i = 0; keys.size() < mebibyte - 20; ++i) keys += fmt::format("k{}: 1\n", i);
  const std::vector<Complaint> found = complaints(folder, folder.write("bad.yaml", keys));
  REQUIRE(found.size() == 101);
  // Behind the required keys that it lacks, which stand where the file begins.
  const auto k0 = std::find_if(found.begin(), found.end(), [](const Complaint& complaint) {
    return complaint.text.find("k0: found an unknown key, expected assay, ") == 0;
  });
  REQUIRE(k0 != found.end());
  CHECK(k0->line == 1);
  CHECK(found[99].line == 100 - (k0 - found.begin()));
  CHECK(found.back().text.find("... and ") == 0);
}

TEST_CASE("what stands for something else is refused", "[protocol]") {
  const ScratchFolder folder;
  const std::string laughs =
      "a: &a [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n"
      "b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a]\n"
      "c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b]\n"
      "d: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c]\n"
      "e: &e [*d, *d, *d, *d, *d, *d, *d, *d, *d]\n";
  const std::vector<Complaint> found = complaints(folder, folder.write("bad.yaml", laughs));
  const auto says = [&](std::string_view text) {
    return std::any_of(found.begin(), found.end(),
                       [&](const Complaint& complaint) { return to_text(complaint) == text; });
  };
  CHECK(says("bad.yaml:1:4: found an anchor (&), expected the value alone"));
  CHECK(says("bad.yaml:2:8: found an alias (*), expected the value itself"));

  const auto holds = [&](std::string_view text, std::string_view complaint) {
    std::string all;
    for (const Complaint& c : complaints(folder, folder.write("bad.yaml", text))) {
      all += to_text(c) + "\n";
    }
    INFO(all);
    CHECK(all.find(complaint) != std::string::npos);
  };
  holds("name: !!str x\n", "bad.yaml:1:7: found a tag (!), expected the value alone");
  holds("name: !x y\n", "found a tag (!)");
  holds("<<: {a: 1}\n", "bad.yaml:1:1: found a merge key (<<), expected the keys");
  holds("name: x\nseed: 1\nname: y\n",
        "bad.yaml:3:1: name: found this key again, expected it once (first at 1:1)");
  holds("market:\n  kind: none\n  kind: none\n",
        "bad.yaml:3:3: kind: found this key again, expected it once (first at 2:3)");
  holds("? [a, b]\n: 1\n", "bad.yaml:1:3: found a list as a key, expected a word");
  holds("{{a: b}: c}\n", "bad.yaml:1:2: found a map as a key, expected a word");
  holds(": 1\n", "found no word as a key, expected one");
  holds("name: x\n---\nname: y\n", "bad.yaml:2:1: found a second document, expected one");
  holds("name: x\n...\nfoo\n", "found a second document");
  holds("name: [x\n", "not YAML: ");
  holds("name: x\n\tseed: 1\n", "not YAML: ");
  holds("name: 'x\n", "not YAML: ");
  holds("@\n", "not YAML: ");
}

TEST_CASE("deep nesting is refused at its place", "[protocol]") {
  const ScratchFolder folder;
  CHECK(only(folder, "a: " + repeated("[", 100'000)).find("bad.yaml:1:") == 0);
  CHECK(only(folder, repeated("{a: ", 65) + "1" + repeated("}", 65)) ==
        "bad.yaml:1:257: found more than 64 levels of nesting");
  CHECK(only(folder, repeated("- ", 65) + "1") ==
        "bad.yaml:1:129: found more than 64 levels of nesting");
  // 64 levels are read, and are no scenario.
  CHECK(only(folder, repeated("- ", 64) + "1") ==
        "bad.yaml:1:1: found a list, expected a map of keys and values");
}

TEST_CASE("numbers that are none or too large are refused where they stand", "[protocol]") {
  const ScratchFolder folder;
  struct Case {
    const char* from;
    const char* to;
    const char* complaint;
  };
  const Case cases[] = {
      {"rate: 5 %", "rate: .nan",
       "bad.yaml:28:40: verification.rate: found .nan, expected a share in % or a bare number from "
       "0 to 1, such as 5 %"},
      {"rate: 5 %", "rate: NaN %", "found NaN %, expected a share"},
      {"rate: 5 %", "rate: .inf", "found .inf, expected a share"},
      {"rate: 5 %", "rate: 0x5 %", "found 0x5 %, expected a share"},
      {"rate: 5 %", "rate: 5",
       "found 5, expected a share in % or a bare number from 0 to 1, such "
       "as 5 % (did you mean '5 %'?)"},
      {"rate: 5 %", "rate: 100.0000001 %", "found 100.0000001 %, expected 0 % to 100 %"},
      {"rate: 5 %", "rate: 0.00000000001 %", "expected a share with fewer decimals"},
      {"rate: 6,", "rate: .nan,", "demand.rate: found .nan, expected a number"},
      {"rate: 6,", "rate: -.inf,", "demand.rate: found -.inf, expected a number"},
      {"rate: 6,", "rate: 1e999,", "demand.rate: found 1e999, expected a number that a double can"},
      {"horizon: 2 d", "horizon: 2",
       "horizon: found 2, expected a time in ns, us, ms, s, min, h "
       "or d, such as 36 h"},
      {"horizon: 2 d", "horizon: 2 days", "horizon: found 2 days, expected a time"},
      {"horizon: 2 d", "horizon: 99999999999999999999 d",
       "horizon: found 99999999999999999999 d, expected a time that fits 64 bits"},
      {"horizon: 2 d", "horizon: -2 d", "horizon: found -2 d, expected 1 s to 3650 d"},
      {"horizon: 2 d", "horizon:", "horizon: found nothing, expected a time"},
      {"horizon: 2 d", "horizon: [2 d]", "horizon: found a list, expected a time"},
      {"balance: 200 tok", "balance: 200.0000001 tok",
       "expected an amount of tokens with fewer decimals"},
      {"balance: 200 tok", "balance: 200 USD", "found 200 USD, expected an amount of tokens"},
      {"count: 40", "count: 40.5", "found 40.5, expected a whole number"},
      {"count: 40", "count: 1_000", "found 1_000, expected a whole number"},
      {"count: 40", "count: 0", "actors.gamers.count: found 0, expected 1 to 10000000"},
      {"count: 40", "count: 1e2", "found 1e2, expected a whole number"},
      {"twins: true", "twins: yes", "twins: found yes, expected true or false"},
      {"assay: 1", "assay: 2", "bad.yaml:1:8: assay: found 2, expected 1 to 1"},
      {"kind: second-price", "kind: second-prize",
       "bad.yaml:24:16: market.kind: found second-prize, expected posted-price, "
       "first-price, second-price or lottery (did you mean 'second-price'?)"},
      {"horizon: 2 d", "horizont: 2 d",
       "bad.yaml:5:1: horizont: found an unknown key, expected assay, name, question, "},
  };
  for (const Case& c : cases) {
    std::string text = kSmallMarket;
    const std::size_t at = text.find(c.from);
    REQUIRE(at != std::string::npos);
    text.replace(at, std::string_view(c.from).size(), c.to);
    std::string all;
    for (const Complaint& complaint : complaints(folder, folder.write("bad.yaml", text))) {
      all += to_text(complaint) + "\n";
    }
    INFO(c.to << "\n" << all);
    CHECK(all.find(c.complaint) != std::string::npos);
  }
}

}  // namespace
}  // namespace assay::protocol
