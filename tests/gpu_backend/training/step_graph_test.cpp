#include "gpu_backend/training/step_graph.hpp"

#include <set>

#include "gpu_backend/training/state.hpp"
#include "tests/catch.hpp"

using namespace assay;
using namespace assay::backend;

namespace {

std::set<sim::Hash> addresses(const StepGraph& graph) {
  std::set<sim::Hash> all;
  for (const GraphOperator& op : graph.operators) all.insert(op.address);
  return all;
}

}  // namespace

TEST_CASE("a step of each named workload is a graph in which nothing is idle", "[training]") {
  for (const std::string& name : workload_names()) {
    CAPTURE(name);
    const Workload w = workload(name);
    const StepGraph graph = step_graph(w);
    // Each operator computes something of its own.
    CHECK(addresses(graph).size() == graph.operators.size());
    // All but the reporting of the loss feeds the next state: a mean for each micro-batch, their
    // sums and the average.
    const std::vector<bool> feeds = feeds_state(graph);
    std::size_t idle = 0;
    for (const bool fed : feeds) idle += fed ? 0 : 1;
    CHECK(idle == (w.micro_batches == 1 ? 1 : 2 * w.micro_batches));
    // Nothing is read before it is written, and the last reader is the last.
    for (std::uint32_t op = 0; op < graph.operators.size(); ++op) {
      for (const TensorId id : graph.operators[op].inputs) {
        const std::uint32_t from = graph.producer[id];
        CHECK((from == StepGraph::kSource || from < op));
        CHECK(graph.last_use[id] >= op);
      }
    }
  }
}

TEST_CASE("a graph's addresses follow from what is computed", "[training]") {
  const Workload tiny = workload("gpt-tiny");
  const StepGraph graph = step_graph(tiny);
  CHECK(step_graph(tiny).assembly == graph.assembly);

  // The name, the data and the optimizer's constants: the first two are none of the graph's
  // business, the last change the updates only.
  Workload renamed = tiny;
  renamed.name = "other";
  renamed.data = DataSource::Random;
  CHECK(step_graph(renamed).assembly == graph.assembly);
  Workload faster = tiny;
  faster.constants.rate *= 2.0f;
  const StepGraph changed = step_graph(faster);
  CHECK(changed.assembly != graph.assembly);
  REQUIRE(changed.operators.size() == graph.operators.size());
  for (std::size_t op = 0; op < graph.operators.size(); ++op) {
    const bool update = graph.operators[op].op.kind == OperatorKind::AdamW;
    CHECK((changed.operators[op].address == graph.operators[op].address) == !update);
  }

  // Another width changes all of them.
  Workload wider = tiny;
  wider.channels = 32;
  for (const sim::Hash& address : addresses(step_graph(wider))) {
    CHECK(addresses(graph).count(address) == 0);
  }
}

TEST_CASE("the second micro-batch is another computation than the first", "[training]") {
  Workload one = workload("gpt-tiny");
  one.micro_batches = 1;
  Workload two = one;
  two.micro_batches = 2;
  const std::set<sim::Hash> ones = addresses(step_graph(one));
  const std::set<sim::Hash> twos = addresses(step_graph(two));
  std::size_t shared = 0;
  for (const sim::Hash& address : ones) shared += twos.count(address);
  // The first micro-batch is the same work; what averages and updates is not.
  const std::size_t updates = parameters(one).size();
  CHECK(shared == ones.size() - updates);
}
