#include "gpu_backend/live/worker_answers.hpp"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "gpu_backend/dispute/referee.hpp"
#include "protocol/execution/execution.hpp"
#include "tests/catch.hpp"
#include "tests/gpu_backend/worker/fake_worker.hpp"

using namespace assay;
using namespace assay::backend;

namespace {

LiveSetting setting() {
  LiveSetting setting;
  setting.scenario = "small";
  setting.workload = "mlp-tiny";
  setting.steps = 4;
  setting.operators = step_graph(workload("mlp-tiny")).operators.size();
  setting.branching = 4;
  setting.cheats = {{"honest", "honest", 1.0},           {"skip", "skip", 0.5},
                    {"few", "fewer-micro-batches", 1.0}, {"noise", "fabricated-gradients", 0.25},
                    {"stale", "stale-checkpoint", 1.0},  {"bit", "tampered-operator", 1.0}};
  return setting;
}

std::vector<WorkerClient::Terms> real_workers(int count) {
  return std::vector<WorkerClient::Terms>(static_cast<std::size_t>(count), real_worker());
}

}  // namespace

TEST_CASE("honest claims agree, every cheat is found, and every liar loses", "[gpu_backend]") {
  WorkerAnswers answers(setting(), real_workers(2));
  CHECK(answers.device().backend == "cpu-repops");
  std::uint64_t segments = 0;
  std::uint64_t disputes = 0;
  for (const LiveSetting::Cheat& cheat : setting().cheats) {
    const Question question{11, 3, cheat.behaviour};
    const SegmentAnswer segment = answers.segment(question);
    const bool honest = cheat.behaviour == "honest";
    CHECK((segment.claim == segment.check) == honest);
    // Against an honest provider it is the challenger who lies.
    const DisputeAnswer dispute = answers.dispute(question);
    CHECK(dispute.loser == (honest ? "challenger" : "provider"));
    CHECK(dispute.reason == "recomputed");
    CHECK(dispute.step < 4);
    CHECK(dispute.op < setting().operators);
    CHECK(dispute.rounds == predicted_rounds({0, 4, 4}, setting().operators, 4));
    CHECK(dispute.referee_flops > 0.0);
    // Asked again, nothing is executed.
    CHECK(answers.segment(question).claim == segment.claim);
    CHECK(answers.dispute(question).bytes == dispute.bytes);
    CHECK(answers.segments() == ++segments);
    CHECK(answers.disputes() == ++disputes);
  }
  // The check is the same segment, whatever the provider did in it; other segments are others.
  CHECK(answers.segment({11, 3, "skip"}).check == answers.segment({11, 3, "honest"}).claim);
  CHECK(answers.segment({11, 4, "honest"}).claim != answers.segment({11, 3, "honest"}).claim);
  CHECK(answers.segment({12, 3, "honest"}).claim != answers.segment({11, 3, "honest"}).claim);
}

TEST_CASE("answers do not depend on threads nor on the number of workers", "[gpu_backend]") {
  const auto tape_of = [](int workers, int threads) {
    WorkerAnswers answers(setting(), real_workers(workers));
    std::vector<std::thread> asking;
    for (int t = 0; t < threads; ++t) {
      asking.emplace_back([&answers, t] {
        for (std::uint32_t i = 0; i < 6; ++i) {
          const std::uint32_t segment = (i + static_cast<std::uint32_t>(t)) % 6;
          static_cast<void>(answers.segment({1, segment, segment % 2 == 0 ? "honest" : "skip"}));
        }
        static_cast<void>(answers.dispute({1, 1, "skip"}));
      });
    }
    for (std::thread& thread : asking) thread.join();
    CHECK(answers.segments() == 6);
    CHECK(answers.disputes() == 1);
    Tape tape = answers.tape();
    for (auto& [question, answer] : tape.segments) answer.seconds = 0.0;
    for (auto& [question, answer] : tape.disputes) answer.seconds = 0.0;
    return to_text(tape);
  };
  const std::string one = tape_of(1, 1);
  CHECK(tape_of(2, 3) == one);
  CHECK(tape_of(3, 4) == one);
}

TEST_CASE("a worker that computes wrongly fails the run, and convicts nobody", "[gpu_backend]") {
  std::atomic<int> asked{0};
  const FakeWorker fake([&](const Frame& request) -> std::optional<Frame> {
    if (request.kind == static_cast<std::uint16_t>(MessageKind::Describe)) {
      return answer_to(request, Description{{"fake", "no device", 1, 0}});
    }
    SegmentDone done;
    done.result.claim.checkpoints = {Hash{static_cast<std::byte>(++asked)}};
    done.result.claim.losses.assign(4, 0.0f);
    done.result.claim.root = checkpoints_root({0, 4, 4}, done.result.claim.checkpoints);
    return answer_to(request, done);
  });
  WorkerAnswers answers(setting(), {fake.terms()});
  CHECK_THROWS_WITH(answers.segment({1, 0, "honest"}),
                    ContainsSubstring("segment 0 of lease 0000000000000001 (honest)") &&
                        ContainsSubstring("a worker computes wrongly"));
  CHECK(asked == 4);  // both sides, twice
  // Whoever asks after that is told the same, and nothing is executed for it.
  CHECK_THROWS_WITH(answers.segment({2, 0, "skip"}), ContainsSubstring("segment 0 of lease 00000"));
  CHECK(asked == 4);
}

TEST_CASE("a worker that dies for good ends in an execution error", "[gpu_backend]") {
  const FakeWorker fake([](const Frame& request) -> std::optional<Frame> {
    if (request.kind != static_cast<std::uint16_t>(MessageKind::Describe)) return std::nullopt;
    return answer_to(request, Description{{"fake", "no device", 1, 0}});
  });
  WorkerAnswers answers(setting(), {fake.terms()});
  CHECK_THROWS_AS(answers.segment({1, 0, "honest"}), protocol::ExecutionError);
  CHECK_THROWS_WITH(answers.dispute({1, 0, "skip"}), ContainsSubstring("started again"));
}
