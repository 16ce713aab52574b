#include "gpu_backend/live/tape.hpp"

#include <fmt/format.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <span>
#include <sstream>
#include <stdexcept>

#include "protocol/execution/execution.hpp"
#include "protocol/scenario/error.hpp"
#include "sim/digest.hpp"

namespace assay::backend {
namespace {

using Json = nlohmann::ordered_json;

constexpr auto kFormat = "assay-tape";
constexpr int kVersion = 1;
constexpr std::uintmax_t kMaxBytes = std::uintmax_t{1} << 30;
constexpr auto kHexadecimal = "0123456789abcdef";

std::string hash_of(std::string_view text) {
  return sim::hex(sim::sha256(std::as_bytes(std::span(text.data(), text.size()))));
}

Hash hash_from(const std::string& text) {
  Hash hash{};
  if (text.size() != 2 * hash.size() || text.find_first_not_of(kHexadecimal) != std::string::npos) {
    throw std::invalid_argument("found no SHA-256 in hexadecimal digits");
  }
  for (std::size_t i = 0; i < hash.size(); ++i) {
    hash[i] = static_cast<std::byte>(std::stoul(text.substr(2 * i, 2), nullptr, 16));
  }
  return hash;
}

double number_from(const Json& json) {
  const auto value = json.get<double>();
  if (!std::isfinite(value) || value < 0.0) {
    throw std::invalid_argument(fmt::format("found {}, expected a number from 0", value));
  }
  return value;
}

Json head_json(const Tape& tape) {
  const LiveSetting& setting = tape.setting;
  Json head{{"format", kFormat},
            {"version", kVersion},
            {"scenario", setting.scenario},
            {"workload", setting.workload},
            {"steps", setting.steps},
            {"operators", setting.operators},
            {"branching", setting.branching}};
  head["cheats"] = Json::array();
  for (const LiveSetting::Cheat& cheat : setting.cheats) {
    head["cheats"].push_back(
        Json{{"behaviour", cheat.behaviour}, {"does", cheat.does}, {"share", cheat.fraction}});
  }
  head["backend"] = tape.device.backend;
  head["device"] = tape.device.device;
  head["threads"] = tape.device.threads;
  head["memory_bytes"] = tape.device.memory_bytes;
  return head;
}

void read_head(const Json& head, Tape& tape) {
  if (head.at("format") != kFormat) throw std::invalid_argument("found no tape");
  if (head.at("version") != kVersion) {
    throw std::invalid_argument(fmt::format("found a tape of version {}, expected {}",
                                            head.at("version").dump(), kVersion));
  }
  LiveSetting& setting = tape.setting;
  setting.scenario = head.at("scenario").get<std::string>();
  setting.workload = head.at("workload").get<std::string>();
  setting.steps = head.at("steps").get<std::uint64_t>();
  setting.operators = head.at("operators").get<std::uint64_t>();
  setting.branching = head.at("branching").get<std::uint32_t>();
  for (const Json& cheat : head.at("cheats")) {
    setting.cheats.push_back({cheat.at("behaviour").get<std::string>(),
                              cheat.at("does").get<std::string>(), number_from(cheat.at("share"))});
  }
  tape.device = {head.at("backend").get<std::string>(), head.at("device").get<std::string>(),
                 head.at("threads").get<std::uint32_t>(),
                 head.at("memory_bytes").get<std::uint64_t>()};
}

Json question_json(const char* kind, const Question& question) {
  return Json{{"answer", kind},
              {"lease", fmt::format("{:016x}", question.lease_key)},
              {"segment", question.segment},
              {"behaviour", question.behaviour}};
}

Question read_question(const Json& line) {
  const auto key = line.at("lease").get<std::string>();
  if (key.size() != 16 || key.find_first_not_of(kHexadecimal) != std::string::npos) {
    throw std::invalid_argument("found no lease key of 16 hexadecimal digits");
  }
  return {std::stoull(key, nullptr, 16), line.at("segment").get<std::uint32_t>(),
          line.at("behaviour").get<std::string>()};
}

SegmentAnswer read_segment(const Json& line) {
  return {hash_from(line.at("claim").get<std::string>()),
          hash_from(line.at("check").get<std::string>()), number_from(line.at("seconds"))};
}

DisputeAnswer read_dispute(const Json& line, const LiveSetting& setting) {
  DisputeAnswer answer;
  answer.loser = line.at("loser").get<std::string>();
  answer.reason = line.at("reason").get<std::string>();
  answer.step = line.at("step").get<std::uint64_t>();
  answer.op = line.at("operator").get<std::uint64_t>();
  answer.op_name = line.at("operator_name").get<std::string>();
  answer.rounds = line.at("rounds").get<std::uint32_t>();
  answer.bytes = line.at("bytes").get<std::uint64_t>();
  answer.referee_flops = number_from(line.at("referee_flops"));
  answer.seconds = number_from(line.at("seconds"));
  if (answer.step >= setting.steps || answer.op >= setting.operators) {
    throw std::invalid_argument("found a step or an operator that the segment does not have");
  }
  return answer;
}

void read_answer(const Json& line, Tape& tape) {
  const auto kind = line.at("answer").get<std::string>();
  const Question question = read_question(line);
  bool fresh = false;
  if (kind == "segment") {
    fresh = tape.segments.emplace(question, read_segment(line)).second;
  } else if (kind == "dispute") {
    fresh = tape.disputes.emplace(question, read_dispute(line, tape.setting)).second;
  } else {
    throw std::invalid_argument(
        fmt::format("found an answer to '{}', expected segment or dispute", protocol::shown(kind)));
  }
  if (!fresh) throw std::invalid_argument("found a second answer to one question");
}

[[noreturn]] void refuse(const std::filesystem::path& file, int line, const std::string& text) {
  throw protocol::ConfigError(protocol::Complaint{file.string(), line, line > 0 ? 1 : 0, text});
}

std::string text_of(const std::filesystem::path& file) {
  std::error_code error;
  const std::uintmax_t bytes = std::filesystem::file_size(file, error);
  if (error) refuse(file, 0, "found no such tape");
  if (bytes > kMaxBytes) {
    refuse(file, 0, fmt::format("found {} bytes, expected a tape of at most {}", bytes, kMaxBytes));
  }
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in || !text) refuse(file, 0, "the tape cannot be read");
  return text.str();
}

template <class Answer>
const Answer& found_in(const std::map<Question, Answer>& all, const Question& question,
                       const char* kind, const std::filesystem::path& file) {
  const auto at = all.find(question);
  if (at != all.end()) return at->second;
  throw protocol::ExecutionError(
      fmt::format("{}: found no {} of {}: the tape is that of another run", file.string(), kind,
                  to_text(question)));
}

}  // namespace

std::string to_text(const Question& question) {
  return fmt::format("segment {} of lease {:016x} ({})", question.segment, question.lease_key,
                     question.behaviour);
}

std::string to_text(const Tape& tape) {
  std::string text = head_json(tape).dump() + "\n";
  for (const auto& [question, answer] : tape.segments) {
    Json line = question_json("segment", question);
    line["claim"] = sim::hex(answer.claim);
    line["check"] = sim::hex(answer.check);
    line["seconds"] = answer.seconds;
    text += line.dump() + "\n";
  }
  for (const auto& [question, answer] : tape.disputes) {
    Json line = question_json("dispute", question);
    line["loser"] = answer.loser;
    line["reason"] = answer.reason;
    line["step"] = answer.step;
    line["operator"] = answer.op;
    line["operator_name"] = answer.op_name;
    line["rounds"] = answer.rounds;
    line["bytes"] = answer.bytes;
    line["referee_flops"] = answer.referee_flops;
    line["seconds"] = answer.seconds;
    text += line.dump() + "\n";
  }
  return text + Json{{"sha256", hash_of(text)}}.dump() + "\n";
}

Tape read_tape(const std::filesystem::path& file) {
  const std::string text = text_of(file);
  Tape tape;
  std::size_t begin = 0;
  int number = 0;
  bool ended = false;
  try {
    while (begin < text.size()) {
      ++number;
      if (ended) throw std::invalid_argument("found a line after the end of the tape");
      const std::size_t end = text.find('\n', begin);
      if (end == std::string::npos) throw std::invalid_argument("the tape is cut short");
      const Json line = Json::parse(text.substr(begin, end - begin));
      if (number == 1) {
        read_head(line, tape);
      } else if (line.contains("sha256")) {
        if (line.at("sha256") != hash_of(std::string_view(text).substr(0, begin))) {
          throw std::invalid_argument("the tape is damaged: its SHA-256 is not the one it states");
        }
        ended = true;
      } else {
        read_answer(line, tape);
      }
      begin = end + 1;
    }
    if (!ended) throw std::invalid_argument("the tape is cut short: it has no last line");
  } catch (const nlohmann::json::exception& error) {
    refuse(file, number, fmt::format("the tape is damaged: {}", error.what()));
  } catch (const std::invalid_argument& error) {
    refuse(file, number, error.what());
  }
  return tape;
}

void require_same(const LiveSetting& tape, const LiveSetting& wanted,
                  const std::filesystem::path& file) {
  const auto differ = [&](const char* what, const auto& found, const auto& expected) {
    if (found == expected) return;
    refuse(file, 0,
           fmt::format("found a tape of {} {}, expected {}: it is that of another scenario", what,
                       found, expected));
  };
  differ("scenario", tape.scenario, wanted.scenario);
  differ("workload", tape.workload, wanted.workload);
  differ("steps", tape.steps, wanted.steps);
  differ("operators", tape.operators, wanted.operators);
  differ("branching", tape.branching, wanted.branching);
  if (tape.cheats != wanted.cheats) {
    refuse(file, 0, "found a tape of other cheats: it is that of another scenario");
  }
}

SegmentAnswer TapeAnswers::segment(const Question& question) {
  return found_in(tape_.segments, question, "re-execution", file_);
}

DisputeAnswer TapeAnswers::dispute(const Question& question) {
  return found_in(tape_.disputes, question, "dispute", file_);
}

}  // namespace assay::backend
