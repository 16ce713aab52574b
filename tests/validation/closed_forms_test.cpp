#include "analysis/closed_forms.hpp"

#include "analysis/validation/validation.hpp"
#include "tests/catch.hpp"

namespace assay::analysis {

TEST_CASE("closed forms give the published numbers", "[validation]") {
  // The worked examples of the sources, to the digits printed there.
  CHECK(detection(0.05, 60) == Approx(0.9539).margin(5e-5));
  CHECK(detection(0.01, 100) == Approx(0.6340).margin(5e-5));
  CHECK(detection(0.05, 90) > 0.99);
  CHECK(detection(0.05, 89) < 0.99);
  CHECK(detection_without_replacement(1000, 10, 100) == Approx(0.6531).margin(5e-5));
  CHECK(detection_without_replacement(10, 9, 2) == 1.0);
  CHECK(break_even_rate(1, 1.2, 5) == Approx(0.1613).margin(5e-5));
  // At x = 1: 1 - 0.1 x 6.2 = 0.38 above the honest 0.2, which makes the table's 0.58.
  CHECK(partial_gain(1, 1.2, 5, 0.1, 3, 1.0) == Approx(0.38));
  CHECK(partial_gain(1, 1.2, 5, 0.2, 3, 1.0) == Approx(-0.24));
  CHECK(partial_gain_exact(1, 1.2, 5, 0.1, 3, 20, 20) == Approx(0.38));
  CHECK(undetected_by_colluders(0.3, 3) == Approx(0.027));
  CHECK(undetected_by_colluders(0.3, 5) == Approx(0.00243));
  CHECK(sampling_threshold(1, 1.2, 100, 0.1) == Approx(0.01098).margin(5e-6));
  CHECK(sampling_threshold_with_pay(1, 1.2, 100, 0.1) == Approx(0.01099).margin(5e-6));
  CHECK(sampling_threshold_with_pay(1, 1.2, 100, 0.5) == Approx(0.02));
  CHECK(least_jackpot(1, 0.001) == Approx(1000));
  CHECK(finders_worth_it(0.001, 8000, 1) == 4);
  CHECK(finders_worth_it(0.001, 999, 1) == 0);
  CHECK(jackpot_of_names(1, 1, 1) == 0.5);
  CHECK(jackpot_of_names(1, 2, 1) == 0.5);
  CHECK(jackpot_of_names(1, 3, 1) == 0.375);
  CHECK(jackpot_of_names(1, 4, 1) == 0.25);
  CHECK(majority_error(0.2, 2) == Approx(0.1040).margin(5e-5));
  CHECK(majority_error(0.2, 3) == Approx(0.0579).margin(5e-5));
  CHECK(majority_error(0.2, 4) == Approx(0.0333).margin(5e-5));
  CHECK(majority_error(0.2, 6) == Approx(0.0117).margin(5e-5));
  CHECK(majority_error(0.05, 2) == Approx(0.00725).margin(5e-6));
  CHECK(majority_error(0.05, 3) == Approx(0.00116).margin(5e-6));
  CHECK(majority_error(0.05, 4) == Approx(0.000194).margin(5e-7));
  CHECK(adaptive_redundancy(9) == 2.0);
  CHECK(adaptive_redundancy(10) == Approx(1.10));
  CHECK(adaptive_redundancy(100) == Approx(1.01));
  CHECK(credibility_of_new(1) == Approx(0.667).margin(5e-4));
  CHECK(credibility_of_new(2) == Approx(0.80));
  CHECK(credibility_of_new(3) == Approx(0.889).margin(5e-4));
  CHECK(new_workers_for(4) == 2);
  CHECK(new_workers_for(8) == 3);
  CHECK(bisection_rounds(1 << 20, 2) == 20);
  CHECK(bisection_rounds(1 << 20, 16) == 5);
  CHECK(bisection_rounds(100'000, 2) == 17);
  CHECK(bisection_rounds(100'000, 10) == 5);
  CHECK(bisection_rounds(1, 2) == 0);
  CHECK(erlang_c(8, 10) == Approx(0.40918).margin(5e-6));
  CHECK(mmc_wait(8, 1, 10) == Approx(0.20459).margin(5e-6));
  CHECK(mmc_wait(9, 1, 10) == Approx(0.66873).margin(5e-6));
  CHECK(mmc_wait(4, 1, 5) == Approx(0.55411).margin(5e-6));
  CHECK(mmc_wait(0.8, 1, 1) == Approx(4.0));
  CHECK(mg1_wait(0.8, 1, 1) == Approx(2.0));
  CHECK(mg1_wait(0.8, 1, 5) == Approx(10.0));
  CHECK(erlang_b(8, 10) == Approx(0.12166).margin(5e-6));
  CHECK(bribery_profit(3, 0.5, 2, 0, 0, 0, 0.5, 1) == Approx(2.5));
  CHECK(bribery_profit(3, 0.5, 4, 0, 0, 0, 0.5, 1) == Approx(1.5));
  CHECK(bribery_profit(3, 0.5, 6, 0, 0, 0, 0.5, 1) == Approx(0.5));
  CHECK(bribery_profit(3, 0.5, 7, 0, 0, 0, 0.5, 1) == Approx(0.43).margin(5e-3));
  CHECK(bribery_profit(3, 0.5, 8, 0, 0, 0, 0.5, 1) == Approx(0.375));
  CHECK(bribery_profit(3, 0.5, 12, 0, 0, 0, 0.5, 1) == Approx(0.25));
  CHECK(collusion_proof_stake(3, 0.5, 0, 0, 0, 0.5, 1) == Approx(6.0));
  CHECK(collusion_proof_stake(3, 0.5, 0, 0, 0, 0.5, 3) == Approx(2.0));
  CHECK(bribe_floor(0.5, 4, 0, 0, 0, 0.5, 1) == Approx(1.5));
  CHECK(golem_provider_gain(0.1, 100, 10, 1) == Approx(0.0015).margin(5e-5));
  CHECK(golem_requester_gain(1, 100, 10) == Approx(0.009));
  CHECK(at_most(3, 0.4, 0) == Approx(0.216));
  CHECK(at_most(21, 0.4, 7) == Approx(0.350).margin(5e-4));
  CHECK(procurement_price(2) == Approx(0.6667).margin(5e-5));
  CHECK(procurement_price(5) == Approx(0.3333).margin(5e-5));
  CHECK(procurement_price(10) == Approx(0.1818).margin(5e-5));
  CHECK(procurement_price_with_ring(5, 1) == Approx(procurement_price(5)));
  CHECK(procurement_price_with_ring(5, 3) == Approx(0.400));
  CHECK(under_collateralised(2, 0.5) == Approx(0.128).margin(5e-4));
  CHECK(under_collateralised(3, 1) == Approx(0.275).margin(5e-4));
  CHECK(under_collateralised(5, 1) == Approx(0.134).margin(5e-4));
}

TEST_CASE("the simulation agrees with every closed form", "[validation][slow]") {
  const auto results = validate({}, {}, 1, [](const std::string&) {});
  for (const ValidationCase& result : results) {
    CAPTURE(result.id, result.expected, result.measured.value, result.measured.standard_error,
            result.z);
    CHECK(result.pass);
  }
}

TEST_CASE("a wrong formula does not pass", "[validation]") {
  // The same sample, held against a value that is 5 % off: the alarm must be heard.
  const Values values{{"lambda", 0.8}, {"mu", 1.0}, {"c", 1.0}};
  for (const Validation& validation : validations()) {
    if (validation.id != "V16") continue;
    const Measured measured = validation.measure(values, 1, 1);
    CHECK(std::abs(measured.value - 1.05 * validation.expected(values)) >
          4.0 * measured.standard_error);
  }
}

TEST_CASE("validations refuse what they cannot have", "[validation]") {
  const auto run = [](std::vector<std::string> ids, Values overrides) {
    return validate(ids, overrides, 1, [](const std::string&) {});
  };
  CHECK_THROWS_WITH(run({"V99"}, {}), Catch::Matchers::StartsWith("V99: no such validation"));
  CHECK_THROWS_WITH(run({"V16"}, {{"lamda", 1}}),
                    Catch::Matchers::Matches(".*did you mean 'lambda'.*"));
  CHECK_THROWS_WITH(run({"V16"}, {{"lambda", 20}}), Catch::Matchers::Matches(".*the load is.*"));
  CHECK_THROWS_WITH(run({"V15"}, {{"N", 2.5}}), Catch::Matchers::Matches(".*a whole number.*"));
  CHECK(run({"V15"}, {{"T", 1000}}).size() == 1);
}

}  // namespace assay::analysis
