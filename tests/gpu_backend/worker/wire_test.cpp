#include "gpu_backend/worker/wire.hpp"

#include <string>

#include "gpu_backend/worker/messages.hpp"
#include "tests/catch.hpp"

using namespace assay::backend;

namespace {

Hash hash_of(int value) {
  Hash hash{};
  hash[0] = static_cast<std::byte>(value);
  hash[31] = std::byte{0xFF};
  return hash;
}

SegmentTask task() {
  SegmentTask task;
  task.workload = "gpt-1m";
  task.seed = 0x0123456789ABCDEFu;
  task.steps = 8;
  task.interval = 4;
  task.cheat = "skip";
  task.fraction = 0.25;
  task.cheat_step = 3;
  return task;
}

ProvenRecord proven() { return {4, {hash_of(5), {hash_of(6)}, {}}, {hash_of(7), hash_of(8)}}; }

/// What encodes decodes to the same bytes; no prefix of it and nothing longer decodes.
template <class M>
void check_canonical(const M& message) {
  const std::string bytes = encode(message);
  CHECK(encode(decode<M>(bytes)) == bytes);
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    CHECK_THROWS_AS(decode<M>(bytes.substr(0, length)), WireError);
  }
  CHECK_THROWS_AS(decode<M>(bytes + '\0'), WireError);
}

}  // namespace

TEST_CASE("every message has one encoding, which is neither shorter nor longer", "[gpu_backend]") {
  check_canonical(Refusal{RefusalReason::OutOfMemory, "out of memory"});
  check_canonical(Description{{"cpu-repops", "a processor", 2, std::uint64_t{1} << 40}});
  check_canonical(Measure{"gpt-1m", 8});
  check_canonical(Measured{{1, 2, 3, 4.5, {0.1, 0.2}, 0.3, {5.0f, 4.0f}}});
  check_canonical(RunSegment{task()});
  check_canonical(SegmentDone{{{hash_of(1), {hash_of(2), hash_of(3)}, {1.5f}}, 2.5}});
  for (const Request& request : {Request(CommitSteps{1}), Request(CommitTrace{2}),
                                 Request(Descend{TreeKind::Trace, 3, 4, 5, 6}),
                                 Request(OpenOperator{7, 8}), Request(OpenInputs{9, 10})}) {
    check_canonical(AskParty{task(), request});
  }
  check_canonical(PartyAnswer{});
  check_canonical(PartyAnswer{StepsCommitment{hash_of(1), {hash_of(2)}}, {}});
  check_canonical(
      PartyAnswer{TraceCommitment{hash_of(1), {hash_of(2)}, {hash_of(3)}, proven()}, {}});
  check_canonical(PartyAnswer{Nodes{{hash_of(1), hash_of(2)}}, {}});
  check_canonical(PartyAnswer{OperatorOpening{proven().record, {proven(), proven()}}, {}});
  check_canonical(PartyAnswer{InputTensors{}, {3, 4}});
  check_canonical(Recompute{{OperatorKind::Linear, {2, 3, 4}, {}}, {6, 12, 4}});
  check_canonical(Recomputed{{8}});
}

TEST_CASE("whole numbers are little-endian and texts carry their length", "[gpu_backend]") {
  // The form is part of the protocol: a change of it needs another kProtocolVersion.
  CHECK(encode(Measure{"ab", 0x01020304}) == std::string("\x02\0\0\0ab\x04\x03\x02\x01", 10));
}

TEST_CASE("what decodes to no value of its type is refused", "[gpu_backend]") {
  CHECK_THROWS_WITH(decode<PartyAnswer>(std::string("\x02\0\0\0\0", 5)),
                    ContainsSubstring("truth value"));
  CHECK_THROWS_WITH(decode<PartyAnswer>(std::string("\x01\x05\0\0\0\0", 6)),
                    ContainsSubstring("choice 5"));
  CHECK_THROWS_WITH(decode<Measure>(std::string("\x02\0\0\0a\x1b\0\0\0\0", 10)),
                    ContainsSubstring("control character"));
  // A length of 4 GiB is refused before anything is allocated for it.
  CHECK_THROWS_WITH(decode<Measure>(std::string("\xff\xff\xff\xff", 4)),
                    ContainsSubstring("at most 4096"));
  CHECK_THROWS_WITH(decode<Recomputed>(std::string("\xff\xff\xff\xff", 4)),
                    ContainsSubstring("cut short"));
  CHECK_THROWS_AS(encode(Measure{std::string(4097, 'a'), 1}), WireError);
  CHECK_NOTHROW(decode<Measure>(encode(Measure{std::string(4096, 'a'), 1})));
}

TEST_CASE("an answer must be one to its request", "[gpu_backend]") {
  RunSegment request{task()};
  SegmentDone answer;
  answer.result.claim.checkpoints = {hash_of(1), hash_of(2)};
  answer.result.claim.losses.assign(8, 0.0f);
  answer.result.claim.root = checkpoints_root({0, 8, 4}, answer.result.claim.checkpoints);
  CHECK_NOTHROW(check_answer(request, answer));
  SegmentDone few = answer;
  few.result.claim.losses.pop_back();
  CHECK_THROWS_WITH(check_answer(request, few), ContainsSubstring("7 losses, expected 8"));
  SegmentDone swapped = answer;
  std::swap(swapped.result.claim.checkpoints[0], swapped.result.claim.checkpoints[1]);
  CHECK_THROWS_WITH(check_answer(request, swapped), ContainsSubstring("root"));
  SegmentDone timeless = answer;
  timeless.result.seconds = -1.0;
  CHECK_THROWS_WITH(check_answer(request, timeless), ContainsSubstring("time"));

  CHECK_THROWS_AS(check_answer(Measure{"gpt-1m", 2}, Measured{}), WireError);
  CHECK_THROWS_AS(check_answer(AskParty{}, PartyAnswer{InputTensors{}, {}}), WireError);
  CHECK_THROWS_AS(check_answer(AskParty{}, PartyAnswer{Nodes{}, {1}}), WireError);
  const Recompute recompute{{OperatorKind::Scale, {4}, {2.0f}}, {4}};
  CHECK_NOTHROW(check_answer(recompute, Recomputed{{4}}));
  CHECK_THROWS_AS(check_answer(recompute, Recomputed{{5}}), WireError);
  CHECK_THROWS_AS(check_answer(recompute, Recomputed{{4, 4}}), WireError);
}
