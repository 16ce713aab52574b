// The same tests for a GPU and for the emulation: which of them `cuda_runner` is was decided when
// the program was linked. Under the sanitizers' build the emulation also proves that no kernel
// reads or writes outside of its tensors and of its block's memory.
#include <set>
#include <stdexcept>

#include "gpu_backend/repops/cuda/device.hpp"
#include "gpu_backend/repops/cuda/kernels.hpp"
#include "gpu_backend/repops/cuda/runner.hpp"
#include "tests/catch.hpp"
#include "tests/gpu_backend/cuda/cases.hpp"

namespace assay::backend {
namespace {

TEST_CASE("every operator gives the reference's bits", "[gpu_backend]") {
  const auto cuda = cuda_runner(0);
  const auto reference = reference_runner();
  std::set<OperatorKind> kinds;
  for (const Operator& op : edge_cases()) {
    kinds.insert(op.kind);
    for (const Numbers numbers : {Numbers::Ordinary, Numbers::Strange}) {
      const Tensors inputs = inputs_of(op, 11, numbers);
      INFO(text(op) << (numbers == Numbers::Strange ? ", strange numbers" : ""));
      CHECK(difference(run(*cuda, op, inputs), run(*reference, op, inputs)) == "");
    }
  }
  CHECK(kinds.size() == 23);  // all of operator.hpp
}

/// A product of 70 x 67 outputs over a depth of 600, by any way to spread it.
Tensors product_spread(const Tensors& inputs, cuda::Form form, cuda::Spread spread) {
  cuda::Arena arena;
  cuda::Product product;
  product.form = form;
  product.rows = 70;
  product.columns = 67;
  product.depth = 600;
  float* a = arena.take<float>(inputs[0].size());
  float* b = arena.take<float>(inputs[1].size());
  const auto copy = [](float* to, const std::vector<float>& from) {
    cuda::check(cudaMemcpy(to, from.data(), from.size() * sizeof(float), cudaMemcpyHostToDevice),
                "copy");
  };
  copy(a, inputs[0]);
  copy(b, inputs[1]);
  product.a = {a, form == cuda::Form::TN ? 70u : 600u, 0, 0};
  product.b = {b, form == cuda::Form::NT ? 600u : 67u, 0, 0};
  Tensors c{std::vector<float>(70 * 67)};
  product.c = arena.take<float>(c[0].size());
  product.c_stride = 67;
  cuda::multiply(product, spread, arena);
  cuda::check(
      cudaMemcpy(c[0].data(), product.c, c[0].size() * sizeof(float), cudaMemcpyDeviceToHost),
      "copy back");
  return c;
}

TEST_CASE("no way to spread a product changes a bit", "[gpu_backend]") {
  const Operator nt{OperatorKind::MatmulNT, {70, 67, 600}, {}};
  const Operator tn{OperatorKind::MatmulTN, {70, 67, 600}, {}};
  for (const Operator& op : {nt, tn}) {
    const Tensors inputs = inputs_of(op, 12, Numbers::Strange);
    const Tensors expected = run(*reference_runner(), op, inputs);
    const auto form = op.kind == OperatorKind::MatmulNT ? cuda::Form::NT : cuda::Form::TN;
    for (const int tile : {64, 128}) {
      for (const bool by_chunks : {false, true}) {
        INFO(text(op) << ", tiles of " << tile << (by_chunks ? ", by chunks" : ""));
        CHECK(difference(product_spread(inputs, form, {tile, by_chunks}), expected) == "");
      }
    }
  }
}

TEST_CASE("a product is spread so that the device is full", "[gpu_backend]") {
  cuda::Product product;
  const auto spread = [&](int rows, int columns, int depth, int batches) {
    product.rows = rows;
    product.columns = columns;
    product.depth = depth;
    product.batches = batches;
    return cuda::spread_of(product, 132);
  };
  // 1024 large tiles are 8 rounds of 132 blocks, as good as full.
  CHECK(spread(4096, 4096, 1024, 1).tile == 128);
  CHECK_FALSE(spread(4096, 4096, 1024, 1).by_chunks);
  // 4 large tiles would leave 128 multiprocessors idle: 16 chunks of 16 small tiles do not.
  CHECK(spread(256, 256, 4096, 1).tile == 64);
  CHECK(spread(256, 256, 4096, 1).by_chunks);
  // Half of a large tile would hang over 64 columns.
  CHECK(spread(1024, 64, 1024, 96).tile == 64);
  // The products of many heads are never split, nor one with a single chunk.
  CHECK_FALSE(spread(64, 64, 4096, 2).by_chunks);
  CHECK_FALSE(spread(64, 64, 256, 1).by_chunks);
}

TEST_CASE("the same operator gives the same bits again, after others of other sizes",
          "[gpu_backend]") {
  const auto cuda = cuda_runner(0);
  const Operator small{OperatorKind::Linear, {3, 5, 7}, {}};
  const Operator large{OperatorKind::Linear, {200, 300, 130}, {}};
  const Tensors inputs = inputs_of(small, 13, Numbers::Ordinary);
  const Tensors before = run(*cuda, small, inputs);
  CHECK(difference(run(*cuda, large, inputs_of(large, 14, Numbers::Ordinary)), {}) == "");
  CHECK(difference(run(*cuda, small, inputs), before) == "");
}

TEST_CASE("what no device can do is refused by name", "[gpu_backend]") {
  const auto cuda = cuda_runner(0);
  const std::vector<float> three(3, 1.0f);
  std::vector<float> sum(3);
  const std::vector<Input> in{three, Input(three).first(2)};
  const std::vector<Output> out{sum};
  CHECK(complaint([&] {
          cuda->run({OperatorKind::Add, {3}, {}}, in, out);
        }) == "add: input 1 has 2 elements, expected 3");
  CHECK(complaint([] { static_cast<void>(cuda_runner(-1)); }).find("no CUDA device -1: ") == 0);
  CHECK(complaint([] { static_cast<void>(cuda_runner(1000)); }).find("no CUDA device 1000: ") == 0);
  CHECK(describe_cuda_device(0).find("multiprocessors") != std::string::npos);
}

}  // namespace
}  // namespace assay::backend
