#include "analysis/report/compare_page.hpp"

#include "tests/analysis/study_fixtures.hpp"
#include "tests/contains.hpp"

namespace assay::analysis {
namespace {

std::string page_of(const Comparison& comparison) {
  return render(comparison, PageAssets{"window.vegaEmbed"});
}

}  // namespace

TEST_CASE("a comparison's page shows what was changed, both ways", "[analysis]") {
  Comparison comparison = fixtures::comparison_of_rates();
  CHECK_THAT(page_of(comparison), contains("− lazy (A), + lazy (B)") &&
                                      contains("<pre>−   rate: 6.25 %\n+   rate: 7 %\n</pre>"));
  comparison.changed = {"  note: '<b>'"};
  CHECK_THAT(page_of(comparison), contains("+   note: &#39;&lt;b&gt;&#39;"));
  comparison.changed.clear();
  comparison.changed_from.clear();
  CHECK_THAT(page_of(comparison), contains("are the same, line by line"));
}

TEST_CASE("a difference is held against the mean only where there is one", "[analysis]") {
  Comparison comparison = fixtures::comparison_of_rates();
  const auto figures = [](const std::string& page) {
    return page.find("id=\"figure-difference\"") != std::string::npos;
  };
  REQUIRE(figures(page_of(comparison)));
  // Twice the mean of A is no share to draw, and of nothing there is none.
  for (ComparedMetric& metric : comparison.metrics) metric.mean_a.value = 0.0;
  CHECK_FALSE(figures(page_of(comparison)));
  for (ComparedMetric& metric : comparison.metrics) metric.mean_a.value = 1e-9;
  CHECK_FALSE(figures(page_of(comparison)));
}

TEST_CASE("what one side lacks is said beside the table", "[analysis]") {
  Comparison comparison = fixtures::comparison_of_rates();
  comparison.only_b = {"planted_audits", "missed_faults"};
  comparison.metrics.front().left_out = 2;
  CHECK_THAT(page_of(comparison), contains("Only lazy (B) has: planted_audits, missed_faults.") &&
                                      contains("Verification overhead (in 6 of 8)"));
  CHECK_THAT(page_of(comparison), !contains("Only lazy (A) has"));
}

}  // namespace assay::analysis
