#include "apps/assay/execution.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "gpu_backend/live/live_executor.hpp"
#include "gpu_backend/live/tape.hpp"
#include "gpu_backend/live/worker_answers.hpp"
#include "gpu_backend/worker/backends.hpp"
#include "protocol/execution/live_terms.hpp"
#include "protocol/scenario/error.hpp"
#include "sim/digest.hpp"

namespace assay::apps {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const std::string& text) {
  throw protocol::ConfigError(protocol::Complaint{"", 0, 0, text});
}

analysis::Executed executed_of(const backend::Tape& tape, const char* mode) {
  analysis::Executed executed;
  executed.mode = mode;
  executed.backend = tape.device.backend;
  executed.device = tape.device.device;
  executed.workload = tape.setting.workload;
  executed.steps = static_cast<std::int64_t>(tape.setting.steps);
  executed.operators = static_cast<std::int64_t>(tape.setting.operators);
  executed.segments = static_cast<std::int64_t>(tape.segments.size());
  for (const auto& [question, answer] : tape.segments) {
    if (answer.claim != answer.check) ++executed.differing;
    executed.segment_s += answer.seconds;
  }
  for (const auto& [question, answer] : tape.disputes) {
    analysis::ExecutedDispute dispute;
    dispute.lease = fmt::format("{:016x}", question.lease_key);
    dispute.segment = question.segment;
    dispute.behaviour = question.behaviour;
    dispute.loser = answer.loser;
    dispute.reason = answer.reason;
    dispute.step = static_cast<std::int64_t>(answer.step);
    dispute.op = static_cast<std::int64_t>(answer.op);
    dispute.op_name = answer.op_name;
    dispute.rounds = answer.rounds;
    dispute.bytes = static_cast<std::int64_t>(answer.bytes);
    dispute.referee_mflop = answer.referee_flops * 1e-6;
    dispute.seconds = answer.seconds;
    executed.disputes.push_back(std::move(dispute));
  }
  return executed;
}

analysis::ExecutionRecord record_of(const backend::Tape& tape, const char* mode) {
  std::string text = to_text(tape);
  const std::string hash =
      sim::hex(sim::sha256(std::as_bytes(std::span(text.data(), text.size()))));
  return {executed_of(tape, mode), std::move(text), hash};
}

protocol::Provenance provenance_of(const backend::LiveSetting& setting,
                                   const backend::DeviceInfo& device) {
  return {"verdicts of audits and disputes", "measured",
          fmt::format("{} steps of {} for each segment, executed on {} ({})", setting.steps,
                      setting.workload, device.device, device.backend)};
}

std::shared_ptr<const protocol::Rules> with_answers(const protocol::Rules& rules,
                                                    const backend::LiveSetting& setting,
                                                    const backend::DeviceInfo& device,
                                                    std::shared_ptr<backend::Answers> answers) {
  auto changed = std::make_shared<protocol::Rules>(rules);
  changed->execution = std::make_shared<backend::LiveExecutor>(
      rules.execution, setting, std::move(answers), provenance_of(setting, device));
  return changed;
}

class FromWorkers final : public Execution {
 public:
  explicit FromWorkers(std::shared_ptr<backend::WorkerAnswers> answers)
      : answers_(std::move(answers)) {}
  std::string progress() const override {
    return fmt::format(", {} segments and {} disputes executed", answers_->segments(),
                       answers_->disputes());
  }
  analysis::ExecutionRecord record() const override { return record_of(answers_->tape(), "live"); }

 private:
  std::shared_ptr<backend::WorkerAnswers> answers_;
};

class FromTape final : public Execution {
 public:
  explicit FromTape(std::shared_ptr<backend::TapeAnswers> answers) : answers_(std::move(answers)) {}
  std::string progress() const override { return ""; }
  analysis::ExecutionRecord record() const override { return record_of(answers_->tape(), "tape"); }

 private:
  std::shared_ptr<backend::TapeAnswers> answers_;
};

std::shared_ptr<backend::TapeAnswers> answers_from(const fs::path& file,
                                                   const backend::LiveSetting& setting) {
  backend::Tape tape = backend::read_tape(file);
  backend::require_same(tape.setting, setting, file);
  return std::make_shared<backend::TapeAnswers>(std::move(tape), file);
}

[[noreturn]] void refuse_inexact(std::string_view option, const std::string& name) {
  refuse(fmt::format("{}: found {}, expected cpu-repops or cuda-repops: disputes compare bits",
                     option, name));
}

/// The program that workers run, or the socket of one that listens.
backend::WorkerClient::Terms worker_terms(const ExecutionOptions& options) {
  std::error_code ignored;
  const fs::path worker = worker_program(options.worker);
  backend::WorkerClient::Terms terms;
  if (fs::is_socket(worker, ignored)) {
    if (!options.backend.empty()) {
      refuse(fmt::format("--backend: found {}, expected none: a worker that listens has its own",
                         protocol::shown(options.backend)));
    }
    terms.socket = worker.string();
    return terms;
  }
  const std::string name = options.backend.empty() ? "cpu-repops" : options.backend;
  try {
    backend::require_built(name);
  } catch (const std::invalid_argument& error) {
    refuse(fmt::format("--backend: {}", error.what()));
  }
  if (!backend::is_bitwise(name)) refuse_inexact("--backend", name);
  terms.command = {worker.string(), "serve", "--backend", name};
  return terms;
}

std::shared_ptr<backend::WorkerAnswers> start_workers(const ExecutionOptions& options, int jobs,
                                                      const protocol::LiveTerms& live,
                                                      const backend::LiveSetting& setting) {
  backend::WorkerClient::Terms terms = worker_terms(options);
  terms.patience = std::chrono::duration<double>(sim::to_seconds(live.patience));
  std::vector<backend::WorkerClient::Terms> workers;
  for (int i = 0; i < options.workers.value_or(jobs); ++i) {
    terms.name = fmt::format("worker {}", i + 1);
    workers.push_back(terms);
  }
  return std::make_shared<backend::WorkerAnswers>(setting, std::move(workers));
}

}  // namespace

fs::path worker_program(const std::string& path) {
  std::error_code error;
  const fs::path beside = fs::read_symlink("/proc/self/exe", error).parent_path() / "assay-worker";
  fs::path worker = path.empty() ? beside : fs::path(path);
  if (!fs::exists(worker, error)) refuse(fmt::format("--worker: found no {}", worker.string()));
  return worker;
}

std::unique_ptr<Execution> choose_execution(const ExecutionOptions& options, int jobs,
                                            protocol::LoadedScenario& loaded) {
  constexpr std::string_view kTape = "tape:";
  if (options.mode == "table") return nullptr;
  const bool live = options.mode == "live";
  if (!live && !options.mode.starts_with(kTape)) {
    refuse(fmt::format("--execution: found {}, expected table, live or tape:FILE",
                       protocol::shown(options.mode)));
  }
  const protocol::Rules& rules = *loaded.rules;
  const backend::LiveSetting setting = backend::live_setting(loaded.scenario.name, rules);
  if (live) {
    const auto answers = start_workers(options, jobs, *rules.execution->live(), setting);
    const std::string& answering = answers->device().backend;
    if (!backend::is_bitwise(answering)) refuse_inexact("--worker", answering);
    loaded.rules = with_answers(rules, setting, answers->device(), answers);
    return std::make_unique<FromWorkers>(answers);
  }
  const auto answers = answers_from(options.mode.substr(kTape.size()), setting);
  loaded.rules = with_answers(rules, setting, answers->tape().device, answers);
  return std::make_unique<FromTape>(answers);
}

std::shared_ptr<const protocol::Rules> with_tape(const fs::path& tape, const std::string& scenario,
                                                 const protocol::Rules& rules) {
  const backend::LiveSetting setting = backend::live_setting(scenario, rules);
  const auto answers = answers_from(tape, setting);
  return with_answers(rules, setting, answers->tape().device, answers);
}

}  // namespace assay::apps
