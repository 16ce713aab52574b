#pragma once

#include <map>
#include <string>

#include "gpu_backend/training/trainer.hpp"
#include "sim/digest.hpp"

namespace assay::backend {

inline constexpr std::uint64_t kGoldenSeed = 1;

/// SHA-256 of the parameters, one after the other, fp32 in little endian.
inline std::string weights_digest(const Workload& workload, const State& state) {
  sim::Digest digest;
  for (std::size_t p = 0; p < parameters(workload).size(); ++p) {
    digest.update(std::as_bytes(std::span(state.tensors[p])));
  }
  return sim::hex(digest.finish());
}

/// "workload steps" -> digest of the weights, after 1, 10 and 100 steps of every tiny workload.
inline std::map<std::string, std::string> train_to_golden(OperatorRunner& runner) {
  std::map<std::string, std::string> digests;
  for (const char* name :
       {"mlp-tiny", "mlp-tiny-sgd", "gpt-tiny", "gpt-tiny-sgd", "resnet-tiny", "resnet-tiny-sgd"}) {
    Trainer trainer(workload(name), kGoldenSeed, runner);
    State state = initial_state(trainer.workload(), kGoldenSeed);
    while (state.step < 100) {
      state = trainer.step(std::move(state)).state;
      if (state.step == 1 || state.step == 10 || state.step == 100) {
        digests[name + std::string(" ") + std::to_string(state.step)] =
            weights_digest(trainer.workload(), state);
      }
    }
  }
  return digests;
}

}  // namespace assay::backend
