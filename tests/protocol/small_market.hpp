#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace assay::protocol {

/// A folder of a test's own, removed with its files.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::string path = (std::filesystem::temp_directory_path() / "assay-test-XXXXXX").string();
    path_ = mkdtemp(path.data());
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  ~ScratchFolder() { std::filesystem::remove_all(path_); }

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  std::filesystem::path write(const std::string& name, std::string_view text) const {
    const std::filesystem::path file = path_ / name;
    std::ofstream(file, std::ios::binary) << text;
    return file;
  }

 private:
  std::filesystem::path path_;
};

/// A small but complete market: every family, every role.
inline const std::string kSmallMarket = R"(assay: 1
name: small-market
question: Does a small market work?
seed: 7
horizon: 2 d
warm_up: 6 h
twins: true
catalogue: )" ASSAY_SOURCE_DIR R"(/scenarios/data/gpus.csv
reference_device: RTX 3090
max_task: 4 h
demand: {kind: poisson, rate: 6, work: 3 h}
workloads:
  - name: gpt
    model: gpt2-124m
    memory: 6 GiB
    input: 2 GiB
    limit: {low: 60 %, high: 100 %}
    deadline: {factor: 3, slack: 24 h}
network:
  kind: regions
  regions: )" ASSAY_SOURCE_DIR R"(/scenarios/data/regions.csv
  latency: )" ASSAY_SOURCE_DIR R"(/scenarios/data/latency.csv
cloud: {price: 0.40 USD/h}
market: {kind: second-price, invited: 8}
execution:
  kind: profile
  file: )" ASSAY_SOURCE_DIR R"(/scenarios/data/profile_published.json
verification: {kind: spot-check, rate: 5 %, segments: 3}
dispute: bisection
slashing: {kind: share, share: 100 %, reporter_share: 10 %, burn_share: 50 %}
reputation: exponential-average
token: {kind: fixed, supply: 1000000000 tok, price: 1 USD/tok}
actors:
  - name: gamers
    role: provider
    count: 40
    hardware: {RTX 3060: 30 %, RTX 3090: 70 %}
    availability: {kind: daily-windows, from: 16 h, to: 24 h}
    bidding: {kind: markup, markup: 20 %}
    stake_per_slot: 40 tok
    balance: 200 tok
  - name: lazy
    role: provider
    count: 4
    strategy: lazy
    hardware: RTX 3090
    slots: 2
    regions: {europe: 50 %, north_america: 50 %}
    stake_per_slot: 40 tok
    balance: 200 tok
  - {name: verifiers, role: verifier, count: 5, hardware: RTX 3090, stake_per_slot: 40 tok, balance: 100 tok}
  - {name: requesters, role: requester, count: 6, balance: 1000 tok}
)";

}  // namespace assay::protocol
