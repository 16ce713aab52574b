#include "analysis/report/attack_page.hpp"

#include "tests/analysis/study_fixtures.hpp"
#include "tests/contains.hpp"

namespace assay::analysis {
namespace {

std::string page_of(const ResistanceTable& table) {
  return render(table, PageAssets{"window.vegaEmbed"});
}

}  // namespace

TEST_CASE("an attack table's page counts verdicts and says who deviates", "[analysis]") {
  ResistanceTable table = fixtures::table_of_attacks();
  CHECK_THAT(page_of(table),
             contains("<h1>Of 5 attacks, 2 pay (lazy work and low-precision work), 2 are deterred "
                      "(the ring and the exit scam) and 1 is undecided (rubber-stamping).</h1>") &&
                 contains("5\u00a0% of each honest group deviate"));
  table.share = 1.0;
  table.group = "labs";
  CHECK_THAT(page_of(table), contains("all but one of labs deviate"));
}

TEST_CASE("an attack's row has all that is known of it and a dash for the rest", "[analysis]") {
  const std::string page = page_of(fixtures::table_of_attacks());
  // Of lazy work: what was measured, and what theory says would deter it.
  CHECK_THAT(page, contains("61\u00a0%\u00a0[55,\u00a067]") &&
                       contains("3.2\u00a0d\u00a0[2.8,\u00a03.6]") &&
                       contains("audit rate 5.0\u00a0% (V2)"));
  CHECK_THAT(page, contains("0.11\u00a0[0.08,\u00a00.14]"));  // the exit scam's griefing factor
  CHECK_THAT(page, contains("<td>–</td>"));
  CHECK_THAT(page, contains("low-precision work (share 35 %)"));
}

TEST_CASE("an attack table's page names the attacks that were left out, and why", "[analysis]") {
  ResistanceTable table = fixtures::table_of_attacks();
  CHECK_THAT(page_of(table), !contains("Attacks left out"));
  table.left_out.push_back({"low-precision", "low-precision work", "found <fp8>, expected skip"});
  CHECK_THAT(page_of(table),
             contains("Attacks left out") &&
                 contains("<li>low-precision work: found &lt;fp8&gt;, expected skip</li>"));
}

TEST_CASE("theory that contradicts the run stands out in an attack table", "[analysis]") {
  ResistanceTable table = fixtures::table_of_attacks();
  table.rows.front().theory = "Theory <V2> contradicts it.";
  table.rows.front().theory_contradicts = true;
  CHECK_THAT(page_of(table), contains("<strong>Theory &lt;V2&gt; contradicts it.</strong>"));
}

}  // namespace assay::analysis
