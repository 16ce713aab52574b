#include "gpu_backend/training/workload.hpp"

#include <cmath>
#include <map>
#include <set>

#include "gpu_backend/training/batch.hpp"
#include "gpu_backend/training/corpus.hpp"
#include "gpu_backend/training/state.hpp"
#include "tests/catch.hpp"

using namespace assay::backend;

TEST_CASE("the named workloads have the sizes that their names say", "[training]") {
  // GPT-2: 50257 * 768 + 1024 * 768 + 12 * (12 * 768^2 + 13 * 768) + 2 * 768.
  CHECK(parameter_count(workload("gpt-124m")) == 124'439'808);
  // Within a tenth of the name.
  CHECK(parameter_count(workload("mlp-1m")) == Approx(1.05e6).epsilon(0.1));
  CHECK(parameter_count(workload("gpt-1m")) == Approx(1e6).epsilon(0.1));
  CHECK(parameter_count(workload("gpt-7m")) == Approx(7e6).epsilon(0.1));
  CHECK(parameter_count(workload("mlp-16m")) == Approx(16e6).epsilon(0.1));
  CHECK(parameter_count(workload("resnet-300k")) == Approx(3e5).epsilon(0.1));
  CHECK(parameter_count(workload("gpt-30m")) == Approx(30e6).epsilon(0.1));
  for (const std::string& name : workload_names()) {
    CAPTURE(name);
    CHECK(complaint(workload(name)).empty());
    CHECK(workload(name).name == name);
    CHECK((workload(name).optimizer == OptimizerKind::Sgd) == name.ends_with("-sgd"));
  }
}

TEST_CASE("a misspelt workload is answered with the nearest", "[training]") {
  CHECK_THROWS_WITH(workload("gpt-12m"),
                    Catch::Matchers::Matches(".*did you mean 'gpt-(124m|1m)'.*"));
  CHECK_THROWS_WITH(workload("transformer"),
                    Catch::Matchers::Matches(".*no workload 'transformer'; expected mlp-tiny, .*"));
}

TEST_CASE("a workload that cannot be is refused with the reason", "[training]") {
  Workload w = workload("gpt-tiny");
  w.heads = 3;
  CHECK(complaint(w) == "workload gpt-tiny: 3 heads do not divide 16 channels");
  w = workload("gpt-tiny");
  w.batch = 0;
  CHECK_FALSE(complaint(w).empty());
  w = workload("gpt-tiny");
  w.vocabulary = 127;
  CHECK_FALSE(complaint(w).empty());
  w.data = DataSource::Random;
  CHECK(complaint(w).empty());
  w.vocabulary = 7;
  CHECK_FALSE(complaint(w).empty());
  w.vocabulary = (1u << 24) + 1;
  CHECK_FALSE(complaint(w).empty());
  w = workload("mlp-tiny");
  w.heads = 2;
  CHECK_FALSE(complaint(w).empty());
  w = workload("mlp-tiny");
  w.context = static_cast<std::uint32_t>(corpus().size());
  CHECK_FALSE(complaint(w).empty());
  --w.context;
  CHECK(complaint(w).empty());
}

TEST_CASE("a batch is the text and what follows it", "[training]") {
  const Workload w = workload("gpt-tiny");
  const Batch batch = draw_batch(w, 1, 5, 1);
  REQUIRE(batch.ids.size() == std::size_t{w.batch} * w.context);
  REQUIRE(batch.labels.size() == batch.ids.size());
  for (std::uint32_t row = 0; row < w.batch; ++row) {
    std::string text;
    for (std::uint32_t t = 0; t < w.context; ++t) {
      const std::size_t i = std::size_t{row} * w.context + t;
      text.push_back(static_cast<char>(batch.ids[i]));
      if (t + 1 < w.context) CHECK(batch.labels[i] == batch.ids[i + 1]);
    }
    text.push_back(static_cast<char>(batch.labels[std::size_t{row} * w.context + w.context - 1]));
    CHECK(corpus().find(text) != std::string_view::npos);
  }
  CHECK(draw_batch(w, 1, 5, 1).ids == batch.ids);
  CHECK(draw_batch(w, 2, 5, 1).ids != batch.ids);
  CHECK(draw_batch(w, 1, 6, 1).ids != batch.ids);
  CHECK(draw_batch(w, 1, 5, 0).ids != batch.ids);
}

TEST_CASE("a residual network sees pictures of classes under noise", "[training]") {
  const Workload w = workload("resnet-tiny");
  const std::size_t numbers = std::size_t{w.context} * w.context * 3;
  // Two pictures of a class differ by their noise alone: each the difference of two uniform
  // numbers.
  std::map<float, std::vector<float>> seen;
  int pairs = 0;
  for (std::uint64_t step = 0; step < 20; ++step) {
    const Batch batch = draw_batch(w, 1, step, 0);
    REQUIRE(batch.ids.size() == w.batch * numbers);
    REQUIRE(batch.labels.size() == w.batch);
    for (std::size_t row = 0; row < w.batch; ++row) {
      const auto first = batch.ids.begin() + static_cast<std::ptrdiff_t>(row * numbers);
      const std::vector<float> picture(first, first + static_cast<std::ptrdiff_t>(numbers));
      for (const float value : picture) REQUIRE(std::abs(value) <= 1.0f);
      CHECK(batch.labels[row] < static_cast<float>(w.vocabulary));
      if (const auto known = seen.find(batch.labels[row]); known != seen.end()) {
        ++pairs;
        double squares = 0.0;
        for (std::size_t i = 0; i < numbers; ++i) {
          squares += std::pow(double{picture[i]} - double{known->second[i]}, 2);
        }
        // Their mean is 1/6, its standard error sqrt(7/180 / 192) = 0.0142; five of them.
        CHECK(squares / static_cast<double>(numbers) == Approx(1.0 / 6.0).margin(0.071));
      }
      seen[batch.labels[row]] = picture;
    }
  }
  CHECK(pairs > 20);
  Workload odd = w;
  odd.context = 6;
  CHECK_FALSE(complaint(odd).empty());
  odd = w;
  odd.data = DataSource::Random;
  CHECK_FALSE(complaint(odd).empty());
}

TEST_CASE("an MLP predicts one token, the one after its context", "[training]") {
  const Workload w = workload("mlp-tiny");
  const Batch batch = draw_batch(w, 1, 0, 0);
  CHECK(batch.ids.size() == std::size_t{w.batch} * w.context);
  CHECK(batch.labels.size() == w.batch);
}

TEST_CASE("in the drawn data a token has four successors", "[training]") {
  Workload w = workload("gpt-tiny");
  w.data = DataSource::Random;
  w.vocabulary = 53;
  std::vector<std::set<float>> successors(w.vocabulary);
  for (std::uint64_t step = 0; step < 200; ++step) {
    const Batch batch = draw_batch(w, 3, step, 0);
    for (std::size_t i = 0; i < batch.ids.size(); ++i) {
      REQUIRE(batch.labels[i] < 53.0f);
      successors[static_cast<std::size_t>(batch.ids[i])].insert(batch.labels[i]);
    }
  }
  for (const auto& some : successors) CHECK(some.size() == 4);
}

TEST_CASE("first values have the deviation that their parameter asks for", "[training]") {
  const Workload w = workload("gpt-1m");
  const State state = initial_state(w, 9);
  const std::vector<Parameter> list = parameters(w);
  REQUIRE(state.tensors.size() == 3 * list.size());
  CHECK(state.step == 0);
  for (std::size_t p = 0; p < list.size(); ++p) {
    double sum = 0.0;
    double squares = 0.0;
    for (const float value : state.tensors[p]) {
      const double off = double{value} - double{list[p].mean};
      sum += off;
      squares += off * off;
    }
    const auto count = static_cast<double>(list[p].size());
    const double deviation = double{list[p].deviation};
    CAPTURE(list[p].name);
    CHECK(list[p].size() == state.tensors[p].size());
    // Four standard errors: of a mean d / sqrt(n); of a uniform law's mean square d^2 sqrt(0.8 /
    // n).
    CHECK(std::abs(sum / count) <= 4.0 * deviation / std::sqrt(count));
    CHECK(std::abs(squares / count - deviation * deviation) <=
          4.0 * deviation * deviation * std::sqrt(0.8 / count));
  }
  for (std::size_t moment = list.size(); moment < state.tensors.size(); ++moment) {
    CHECK(state.tensors[moment] == Tensor(list[moment % list.size()].size(), 0.0f));
  }
  CHECK(initial_state(w, 9) == state);
  CHECK_FALSE(initial_state(w, 10) == state);
}
