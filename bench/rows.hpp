#pragma once

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

// A benchmark program registers measurements with Google Benchmark and says which of them make a
// row of the table; `main` ends with `return run_rows(...)`.
namespace assay::bench {

/// One line of the table: how much more `value` does in a second than `baseline`. Both are names of
/// registered measurements and count the items that they report; a baseline that somebody else
/// measured elsewhere is a number. Whatever is required, more is better.
struct Row {
  std::string name;
  std::string value;
  std::string baseline;          ///< empty: `baseline_number` is meant
  double baseline_number = 0.0;  ///< items a second
  double required = 0.0;         ///< the least ratio
  double aim = 0.0;              ///< what we would like
};

/// Seconds that this thread has had of a processor: where all the work is done on it, what others
/// do on the machine does not count.
[[nodiscard]] double own_seconds();

/// Registers a measurement that does `items` items per run, and is run five times, mixed with the
/// other measurements so that a slow minute of the machine meets all of them. The best run counts.
template <class Function>
void add_measurement(const std::string& name, benchmark::IterationCount items, Function function) {
  benchmark::RegisterBenchmark(name.c_str(), function)
      ->Iterations(items)
      ->Repetitions(5)
      ->Unit(benchmark::kNanosecond);
}

/// Runs everything and prints the rows: a table, or with `--json` one object a line. Rows of which
/// --benchmark_filter left something out are left out. Returns the exit code.
[[nodiscard]] int run_rows(int argc, char** argv, const std::vector<Row>& rows);

}  // namespace assay::bench
