#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <vector>

#include "protocol/model.hpp"
#include "protocol/scenario/load.hpp"
#include "tests/catch.hpp"

// A run saved by one build and gone on with by another. Hidden: `./test --all` calls the two cases
// in processes of their own, the second one with every compiler. ASSAY_STATES names their folder.
namespace assay::protocol {
namespace {

namespace fs = std::filesystem;
constexpr int kStates = 50;

fs::path states_folder() {
  const char* folder = std::getenv("ASSAY_STATES");
  REQUIRE(folder != nullptr);
  return folder;
}

/// Three days of the main job; accused cheats lie, so that disputes stay open for hours.
std::shared_ptr<const Rules> market() {
  const std::vector<std::string> sets{"horizon=3 d", "warm_up=1 d",
                                      "actors.lazy.strategy.defence=lie",
                                      "actors.ring.strategy.defence=stall"};
  return load_scenario(ASSAY_SOURCE_DIR "/scenarios/quickstart.yaml", sets).rules;
}

std::string text_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  REQUIRE(in.good());
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

void write(const fs::path& path, const char* data, std::size_t size) {
  std::ofstream out(path, std::ios::binary);
  out.write(data, static_cast<std::streamsize>(size));
  out.close();
  REQUIRE(out.good());
}

}  // namespace

TEST_CASE("a run is saved at fifty random events", "[.save-states]") {
  const fs::path folder = states_folder();
  fs::remove_all(folder);
  fs::create_directories(folder);
  Model whole(market(), 7);
  whole.finish();
  const std::string digest = whole.digest();
  write(folder / "digest", digest.data(), digest.size());

  sim::Draws draws(7, 0, 0);
  std::vector<std::uint64_t> at;
  for (int i = 0; i < kStates; ++i) at.push_back(draws.below(whole.events()));
  std::sort(at.begin(), at.end());
  Model model(market(), 7);
  int with_disputes = 0;
  int with_transfers = 0;
  for (int i = 0; i < kStates; ++i) {
    while (model.events() < at[static_cast<std::size_t>(i)]) REQUIRE(model.step(sim::kNever));
    if (model.world().disputes.size() > 0) ++with_disputes;
    bool transfers = false;
    model.world().leases.for_each([&](LeaseId, const LeaseRow& lease) {
      transfers = transfers || lease.start > model.now();
    });
    if (transfers) ++with_transfers;
    const std::vector<std::byte> bytes = model.save();
    write(folder / fmt::format("{}.state", i), reinterpret_cast<const char*>(bytes.data()),
          bytes.size());
  }
  CHECK(with_disputes > 0);
  CHECK(with_transfers > 0);
}

TEST_CASE("fifty saved runs go on to the digest of the whole one", "[.load-states]") {
  const fs::path folder = states_folder();
  const std::string digest = text_of(folder / "digest");
  REQUIRE(digest.size() == 64);
  const std::shared_ptr<const Rules> rules = market();
  for (int i = 0; i < kStates; ++i) {
    CAPTURE(i);
    const std::string bytes = text_of(folder / fmt::format("{}.state", i));
    Model model = Model::load(rules, std::as_bytes(std::span(bytes)));
    model.finish();
    REQUIRE(model.digest() == digest);
  }
}

}  // namespace assay::protocol
