#include "gpu_backend/live/tape.hpp"

#include <stdlib.h>

#include <fstream>
#include <string>

#include "protocol/execution/execution.hpp"
#include "protocol/scenario/error.hpp"
#include "tests/catch.hpp"

using namespace assay;
using namespace assay::backend;

namespace {

Tape tape() {
  Tape tape;
  tape.setting.scenario = "small";
  tape.setting.workload = "mlp-tiny";
  tape.setting.steps = 4;
  tape.setting.operators = 30;
  tape.setting.branching = 16;
  tape.setting.cheats = {{"honest", "honest", 1.0}, {"skip", "skip", 0.5}};
  tape.device = {"cpu-repops", "a \"processor\"", 1, 1'000};
  SegmentAnswer segment;
  segment.claim[3] = std::byte{0xAB};
  segment.seconds = 0.125;
  // In the order of their questions, which is that of the lines.
  tape.segments[{5, 1, "skip"}] = segment;
  tape.segments[{0xFFFFFFFFFFFFFFFFu, 0, "honest"}] = {};
  tape.disputes[{5, 1, "skip"}] = {"provider", "recomputed", 3, 29, "sgd", 9, 12'345, 1e9, 0.5};
  return tape;
}

/// A file with this text, for as long as it lives.
class File {
 public:
  explicit File(const std::string& text) {
    char name[] = "/tmp/assay-tape-XXXXXX";
    ::close(::mkstemp(name));
    path_ = name;
    std::ofstream(path_, std::ios::binary) << text;
  }
  ~File() { std::filesystem::remove(path_); }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

std::string complaint_about(const std::string& text) {
  const File file(text);
  try {
    static_cast<void>(read_tape(file.path()));
  } catch (const protocol::ConfigError& error) {
    return error.what();
  }
  return "";
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("a tape is read as it was written", "[gpu_backend]") {
  const std::string text = to_text(tape());
  const File file(text);
  const Tape read = read_tape(file.path());
  CHECK(to_text(read) == text);
  CHECK(read.segments.size() == 2);
  CHECK(read.segments.at({5, 1, "skip"}).claim[3] == std::byte{0xAB});
  CHECK(read.disputes.at({5, 1, "skip"}).op == 29);
  CHECK(std::count(text.begin(), text.end(), '\n') == 5);  // head, 2 segments, dispute, hash
}

TEST_CASE("a tape that is damaged anywhere is refused", "[gpu_backend]") {
  const std::string text = to_text(tape());
  REQUIRE(complaint_about(text).empty());
  // Whatever byte changes: the line is no JSON, has no such value, or the hash says so.
  for (std::size_t at = 0; at < text.size(); at += 7) {
    std::string changed = text;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    INFO("byte " << at);
    REQUIRE(!complaint_about(changed).empty());
  }
  for (std::size_t length = 0; length < text.size(); length += 7) {
    INFO("length " << length);
    REQUIRE(!complaint_about(text.substr(0, length)).empty());
  }
  CHECK_THAT(complaint_about(text.substr(0, text.size() - 80)), ContainsSubstring("cut short"));
  CHECK_THAT(complaint_about(replaced(text, "0.125", "0.225")), ContainsSubstring("SHA-256"));
  CHECK_THAT(complaint_about(text + text), ContainsSubstring("after the end"));
  CHECK_THAT(complaint_about(replaced(text, "\"version\":1", "\"version\":2")),
             ContainsSubstring("version 2, expected 1"));
  CHECK_THAT(complaint_about(replaced(text, "\"operator\":29", "\"operator\":30")),
             ContainsSubstring("does not have"));
  CHECK_THAT(complaint_about("[1]\n"), ContainsSubstring("damaged"));
  CHECK_THROWS_WITH(read_tape("/nowhere/tape.jsonl"), ContainsSubstring("no such tape"));
}

TEST_CASE("a tape serves the scenario that it was recorded for, and no other", "[gpu_backend]") {
  const auto refused = [](auto change) {
    LiveSetting wanted = tape().setting;
    change(wanted);
    try {
      require_same(tape().setting, wanted, "tape.jsonl");
    } catch (const protocol::ConfigError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK(refused([](LiveSetting&) {}).empty());
  CHECK_THAT(refused([](LiveSetting& setting) { setting.scenario = "large"; }),
             ContainsSubstring("scenario small, expected large"));
  CHECK_THAT(refused([](LiveSetting& setting) { setting.workload = "gpt-1m"; }),
             ContainsSubstring("workload mlp-tiny"));
  CHECK_THAT(refused([](LiveSetting& setting) { setting.steps = 5; }),
             ContainsSubstring("steps 4, expected 5"));
  CHECK_THAT(refused([](LiveSetting& setting) { setting.branching = 8; }),
             ContainsSubstring("branching"));
  CHECK_THAT(refused([](LiveSetting& setting) { setting.cheats[1].fraction = 1.0; }),
             ContainsSubstring("other cheats"));
}

TEST_CASE("a question that is not on the tape is an error that names it", "[gpu_backend]") {
  TapeAnswers answers(tape(), "tape.jsonl");
  CHECK(answers.segment({5, 1, "skip"}).seconds == 0.125);
  CHECK(answers.dispute({5, 1, "skip"}).rounds == 9);
  CHECK_THROWS_AS(answers.segment({5, 2, "skip"}), protocol::ExecutionError);
  CHECK_THROWS_WITH(answers.dispute({5, 1, "honest"}),
                    ContainsSubstring("tape.jsonl: found no dispute of segment 1 of lease "
                                      "0000000000000005 (honest)"));
}
