#include "gpu_backend/training/step_graph.hpp"

#include <algorithm>
#include <bit>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/breadth_first_search.hpp>
#include <boost/graph/reverse_graph.hpp>
#include <boost/graph/topological_sort.hpp>
#include <iterator>

#include "gpu_backend/commitment/sha256.hpp"
#include "gpu_backend/training/graph_builder.hpp"
#include "sim/check.hpp"

namespace assay::backend {
namespace {

/// Operators, the assembly of the next state as the last vertex, and an edge for each tensor that
/// one hands to another.
using Dag =
    boost::adjacency_list<boost::vecS, boost::vecS, boost::bidirectionalS, boost::no_property,
                          boost::property<boost::edge_index_t, TensorId>>;

Dag dag_of(const StepGraph& graph) {
  Dag dag(graph.operators.size() + 1);
  for (std::size_t op = 0; op <= graph.operators.size(); ++op) {
    for (const TensorId tensor : graph.inputs_of(op)) {
      const std::uint32_t from = graph.producer.at(tensor);
      if (from != StepGraph::kSource) boost::add_edge(from, op, dag);
    }
  }
  return dag;
}

/// No operator reads what is written after it; not_a_dag is thrown where there is no such order.
void check_order(const StepGraph& graph) {
  const Dag dag = dag_of(graph);
  std::vector<std::size_t> order;
  boost::topological_sort(dag, std::back_inserter(order));
  SIM_CHECK(order.size() == graph.operators.size() + 1);
  const auto edges = boost::edges(dag);
  SIM_CHECK(std::all_of(edges.first, edges.second, [&](const auto& edge) {
    return boost::source(edge, dag) < boost::target(edge, dag);
  }));
}

void find_producers(StepGraph& graph) {
  const auto end = static_cast<std::uint32_t>(graph.operators.size());
  graph.producer.assign(graph.tensor_sizes.size(), StepGraph::kSource);
  graph.last_use.assign(graph.tensor_sizes.size(), 0);
  for (std::uint32_t op = 0; op < end; ++op) {
    for (const TensorId tensor : graph.operators[op].outputs) {
      graph.producer[tensor] = op;
      graph.last_use[tensor] = op;  // until somebody reads it
    }
    for (const TensorId tensor : graph.operators[op].inputs) graph.last_use[tensor] = op;
  }
  for (const TensorId tensor : graph.next_state) graph.last_use[tensor] = end;
  graph.last_use[graph.loss] = end;
}

/// Hashes where a tensor comes from.
void add_origin(Sha256& sha, const StepGraph& graph, const std::vector<Hash>& sources,
                TensorId tensor) {
  const std::uint32_t from = graph.producer[tensor];
  if (from == StepGraph::kSource) {
    sha.add(sources[tensor]).add(std::uint32_t{0});
    return;
  }
  const GraphOperator& op = graph.operators[from];
  const auto place = std::find(op.outputs.begin(), op.outputs.end(), tensor) - op.outputs.begin();
  sha.add(op.address).add(static_cast<std::uint32_t>(place));
}

void address(StepGraph& graph) {
  Sha256 sha;
  std::vector<Hash> sources;
  for (const GraphSource& source : graph.sources) {
    sha.begin(Domain::SourceAddress).add(static_cast<std::uint32_t>(source.kind));
    sources.push_back(sha.add(source.index).add(std::uint64_t{source.size}).finish());
  }
  for (GraphOperator& op : graph.operators) {
    sha.begin(Domain::OperatorAddress).add(static_cast<std::uint32_t>(op.op.kind));
    for (const std::uint32_t dim : op.op.dims) sha.add(dim);
    for (const float constant : op.op.constants) sha.add(std::bit_cast<std::uint32_t>(constant));
    sha.add(static_cast<std::uint32_t>(op.inputs.size()));
    for (const TensorId tensor : op.inputs) add_origin(sha, graph, sources, tensor);
    op.address = sha.finish();
  }
  sha.begin(Domain::AssemblyAddress);
  for (const TensorId tensor : graph.next_state) add_origin(sha, graph, sources, tensor);
  graph.assembly = sha.finish();
}

}  // namespace

void complete(StepGraph& graph) {
  find_producers(graph);
  check_order(graph);
  address(graph);
}

const std::vector<TensorId>& StepGraph::inputs_of(std::size_t op) const {
  return op == operators.size() ? next_state : operators.at(op).inputs;
}

std::vector<std::uint32_t> StepGraph::producers_of(std::size_t op) const {
  std::vector<std::uint32_t> from;
  for (const TensorId tensor : inputs_of(op)) {
    if (producer[tensor] != kSource) from.push_back(producer[tensor]);
  }
  std::sort(from.begin(), from.end());
  from.erase(std::unique(from.begin(), from.end()), from.end());
  return from;
}

std::vector<bool> feeds_state(const StepGraph& graph) {
  const Dag dag = dag_of(graph);
  std::vector<std::size_t> distance(boost::num_vertices(dag), 0);
  boost::breadth_first_search(boost::make_reverse_graph(dag), graph.operators.size(),
                              boost::visitor(boost::make_bfs_visitor(boost::record_distances(
                                  distance.data(), boost::on_tree_edge()))));
  std::vector<bool> feeds(graph.operators.size());
  for (std::size_t op = 0; op < feeds.size(); ++op) feeds[op] = distance[op] > 0;
  return feeds;
}

}  // namespace assay::backend
