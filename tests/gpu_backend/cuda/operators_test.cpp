// The same tests for a GPU and for the emulation: which of them `cuda_runner` is was decided when
// the program was linked. Under the sanitizers' build the emulation also proves that no kernel
// reads or writes outside of its tensors and of its block's memory.
#include "gpu_backend/commitment/digests.hpp"
#include "gpu_backend/repops/arithmetic.hpp"
#include "gpu_backend/repops/cuda/device.hpp"
#include "gpu_backend/repops/cuda/kernels.hpp"
#include "gpu_backend/repops/cuda/runner.hpp"
#include "tests/catch.hpp"
#include "tests/gpu_backend/cuda/compare.hpp"
#include "tests/gpu_backend/golden.hpp"
#include "tests/gpu_backend/training/golden_weights.hpp"

namespace assay::backend {
namespace {

TEST_CASE("CUDA gives the golden bits", "[gpu_backend]") {
  const auto golden = read_golden("repops/golden.txt");
  const auto runner = cuda_runner(0);
  const std::vector<Case> all = cases();
  REQUIRE(golden.size() == all.size());
  for (const Case& item : all) {
    INFO(name_of(item));
    CHECK(digest_of(*runner, item) == golden.at(name_of(item)));
  }
}

TEST_CASE("CUDA trains to the golden weights", "[gpu_backend][slow]") {
  CHECK(train_to_golden(*cuda_runner(0)) == read_golden("training/golden_weights.txt"));
}

TEST_CASE("shapes around the edges of tiles and blocks have the reference's bits",
          "[gpu_backend]") {
  const auto runner = cuda_runner(0);
  using Kind = OperatorKind;
  for (const Operator& op : {
           Operator{Kind::Linear, {129, 272, 140}, {}},  // one more than a tile, than a chunk
           Operator{Kind::Linear, {128, 256, 128}, {}},  // just a tile, a chunk
           Operator{Kind::MatmulNT, {65, 63, 17}, {}},   // one more than a slice
           Operator{Kind::AttentionScores, {2, 130, 24, 3}, {0.125f}},  // tiles above the diagonal
           Operator{Kind::AttentionMix, {2, 70, 8, 2}, {}},             // heads of whole quads
           Operator{Kind::EmbeddingBackward, {150, 260, 11, 40}, {}},   // chains over many warps
           Operator{Kind::EmbeddingBackward, {3, 5, 4, 7}, {}},         // more positions than rows
           Operator{Kind::ColumnSum, {100, 8}, {}},                     // just a block's columns
           Operator{Kind::Softmax, {8, 32, 32}, {}},  // just a block's rows, a warp
           Operator{Kind::Gelu, {1025}, {}},          // one more than a block
       }) {
    for (const Flavour flavour : {Flavour::Plain, Flavour::Special}) {
      INFO(name_of(Case{op, flavour}));
      CHECK(difference_from_reference(*runner, {op, flavour}) == "");
    }
  }
}

/// A test's tensor on the device.
struct OnDevice {
  explicit OnDevice(const std::vector<float>& values) : memory(values.size()) {
    cuda::check(cudaMemcpy(memory.get(), values.data(), values.size() * sizeof(float),
                           cudaMemcpyHostToDevice),
                "copying a test's input");
  }
  cuda::DeviceMemory<float> memory;
};

/// 70 x 67 outputs over a depth of 600, spread in one way.
Tensors product_spread(const Tensors& inputs, cuda::Form form, cuda::Spread spread) {
  const OnDevice a(inputs[0]);
  const OnDevice b(inputs[1]);
  const OnDevice bias(inputs.back());
  cuda::Product product;
  product.form = form;
  product.rows = 70;
  product.columns = 67;
  product.depth = 600;
  product.a.data = a.memory.get();
  product.a.stride = form == cuda::Form::TN ? 70 : 600;
  product.b.data = b.memory.get();
  product.b.stride = form == cuda::Form::NT ? 600 : 67;
  if (form == cuda::Form::NN) {
    product.finish = cuda::Finish::AddBias;
    product.bias = bias.memory.get();
  }
  Tensors c{std::vector<float>(70 * 67)};
  const cuda::DeviceMemory<float> made(c[0].size());
  product.c = made.get();
  product.c_stride = 67;
  cuda::multiply(product, spread);
  cuda::check(
      cudaMemcpy(c[0].data(), product.c, c[0].size() * sizeof(float), cudaMemcpyDeviceToHost),
      "copying a test's output");
  return c;
}

TEST_CASE("no way to spread a product changes a bit", "[gpu_backend]") {
  const auto require_equal = [](const Operator& op, cuda::Form form) {
    const Tensors inputs = inputs_of({op, Flavour::Special});
    const Tensors expected = outputs_of(*reference_runner(), op, inputs);
    for (const int tile : {64, 128}) {
      for (const bool by_chunks : {false, true}) {
        INFO(name_of(op.kind) << ", tiles of " << tile << (by_chunks ? ", by chunks" : ""));
        CHECK(difference(product_spread(inputs, form, {tile, by_chunks}), expected) == "");
      }
    }
  };
  require_equal({OperatorKind::Linear, {70, 600, 67}, {}}, cuda::Form::NN);
  require_equal({OperatorKind::MatmulNT, {70, 67, 600}, {}}, cuda::Form::NT);
  require_equal({OperatorKind::MatmulTN, {70, 67, 600}, {}}, cuda::Form::TN);
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

TEST_CASE("the device's memory serves operators of any size, one after the other",
          "[gpu_backend]") {
  const auto runner = cuda_runner(0);
  const Operator small{OperatorKind::Linear, {3, 5, 7}, {}};
  const Operator large{OperatorKind::Linear, {200, 300, 130}, {}};
  for (const Operator& op : {small, large, small, large}) {
    CHECK(difference_from_reference(*runner, {op, Flavour::Plain}) == "");
  }
}

/// What `runner` and the processor make of tensors of these sizes.
void check_digests(OperatorRunner& runner, const std::vector<std::size_t>& sizes) {
  std::vector<Value> values;
  std::vector<sim::Hash> expected;
  for (const std::size_t size : sizes) {
    Tensor tensor(size);
    for (std::size_t i = 0; i < size; ++i) {
      tensor[i] = repops::from_bits(static_cast<std::int32_t>(i * 2654435761u + size));
    }
    expected.push_back(tensor_digest(tensor));
    values.emplace_back(std::move(tensor));
  }
  std::vector<const Value*> to_hash;
  for (const Value& value : values) to_hash.push_back(&value);
  CHECK(runner.digests(to_hash) == expected);
}

TEST_CASE("the device hashes tensors as OpenSSL does", "[gpu_backend]") {
  const auto runner = cuda_runner(0);
  // Whole leaves of 16384 numbers, one of a single number, and ends that leave room in the last
  // block for the length (13 words), just not (14), and fill it (16); with enough leaves in front
  // that the device is worth it, and without.
  const std::vector<std::size_t> ends{16384, 16385, 1, 13, 14, 15, 16, 29, 30, 1000};
  check_digests(*runner, ends);
  std::vector<std::size_t> many{std::size_t{130} * 16384};
  many.insert(many.end(), ends.begin(), ends.end());
  check_digests(*runner, many);
  CHECK(runner->digests({}).empty());
}

TEST_CASE("values are the same wherever they are looked at", "[gpu_backend]") {
  const auto device = cuda_runner(0);
  const auto here = reference_runner();
  const auto twice_the_sum = [](OperatorRunner& first, OperatorRunner& second, const Value& a,
                                const Value& b) {
    const Operator add{OperatorKind::Add, {3}, {}};
    const Operator twice{OperatorKind::Scale, {3}, {2.0f}};
    Value sum;
    Value result;
    const std::vector<const Value*> both{&a, &b};
    const std::vector<Value*> to_sum{&sum};
    first.apply(add, both, to_sum);
    const std::vector<const Value*> summed{&sum};
    const std::vector<Value*> to_result{&result};
    second.apply(twice, summed, to_result);
    return result;
  };
  const Value a(Tensor{1.0f, 2.0f, 3.0f});
  Value b(Tensor{0.5f, 0.25f, -3.0f});
  const Tensor expected{3.0f, 4.5f, 0.0f};
  CHECK(twice_the_sum(*device, *device, a, b).numbers() == expected);
  CHECK(twice_the_sum(*device, *here, a, b).numbers() == expected);
  CHECK(twice_the_sum(*here, *device, a, b).numbers() == expected);
  // What was changed here is not what the device still has.
  const Value before = b;
  b.edit()[2] = 1.0f;
  CHECK(twice_the_sum(*device, *device, a, b).numbers() == Tensor{3.0f, 4.5f, 8.0f});
  CHECK(twice_the_sum(*device, *device, a, before).numbers() == expected);

  Value result = twice_the_sum(*device, *device, a, b);
  CHECK(result.size() == 3);
  result.edit()[0] = 7.0f;
  CHECK(result.on_device() == nullptr);
  CHECK(result.numbers() == Tensor{7.0f, 4.5f, 8.0f});
}

TEST_CASE("a runner's moments tell how long its work took", "[gpu_backend]") {
  const auto runner = cuda_runner(0);
  const auto begun = runner->now();
  CHECK(difference_from_reference(*runner, {{OperatorKind::Linear, {65, 70, 33}, {}}}) == "");
  const auto ended = runner->now();
  CHECK(ended->since(*begun) > 0.0);
  CHECK(ended->since(*ended) == 0.0);
}

TEST_CASE("what no device can do is refused by name", "[gpu_backend]") {
  const auto runner = cuda_runner(0);
  const std::vector<float> three(3, 1.0f);
  std::vector<float> sum(3);
  const std::vector<Input> in{three, Input(three).first(2)};
  const std::vector<Output> out{sum};
  CHECK(complaint([&] {
          runner->run({OperatorKind::Add, {3}, {}}, in, out);
        }) == "add: input 1 has 2 elements, expected 3");
  CHECK(complaint([] { static_cast<void>(cuda_runner(-1)); }).find("no CUDA device -1: ") == 0);
  CHECK(complaint([] { static_cast<void>(cuda_runner(1000)); }).find("no CUDA device 1000: ") == 0);
  const CudaDevice device = describe_cuda_device(0);
  CHECK(device.name.find(" multiprocessors") != std::string::npos);
  CHECK(device.memory_bytes > 0);
}

}  // namespace
}  // namespace assay::backend
