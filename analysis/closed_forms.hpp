#pragma once

#include <cstdint>

/// What theory predicts, as pure formulas. `assay validate` and the tests hold the simulation
/// against them; the report prints them beside what it measured. Money in one unit throughout.
namespace assay::analysis {

/// V1: the chance that at least one of n audits, each with probability q, happens.
[[nodiscard]] double detection(double q, double n);
/// V1: the chance that k draws without replacement out of N hit at least one of B.
[[nodiscard]] double detection_without_replacement(std::int64_t N, std::int64_t B, std::int64_t k);

/// V2: the audit rate at which skipping everything stops to pay: c / (R + S). c: cost saved, R:
/// payment, S: stake lost. Becker, "Crime and punishment", J. Political Economy 76 (1968).
[[nodiscard]] double break_even_rate(double c, double R, double S);
/// V3: what a lease gains by skipping a share x of its segments, when an audit re-executes k of
/// them and every segment is skipped alone with that chance: x c - q (1 - (1-x)^k) (R + S).
[[nodiscard]] double partial_gain(double c, double R, double S, double q, double k, double x);
/// V3: the same when exactly b of n segments are skipped and k are drawn without replacement.
[[nodiscard]] double partial_gain_exact(double c, double R, double S, double q, std::int64_t k,
                                        std::int64_t b, std::int64_t n);

/// V5: the chance that all k verifiers of an audit collude, each with probability r.
[[nodiscard]] double undetected_by_colluders(double r, double k);

/// V20: the chance that honest work is rejected whose distance is the size of a normal variate with
/// deviation sigma, against a tolerance tau: erfc(tau / (sigma sqrt 2)).
[[nodiscard]] double false_rejection(double sigma, double tau);
/// The same for a log-normal distance: median m, standard deviation s > 0 of the logarithm.
[[nodiscard]] double false_rejection_log_normal(double m, double s, double tau);
/// V21: the chance that a slash lands on stake which unbonds for U and is found out after an
/// exponential time with mean D: 1 - exp(-U / D).
[[nodiscard]] double slash_lands(double U, double D);

/// V4: the probability from which on sampling whole results deters, when a share r of the
/// validators colludes: C / ((1-r)(R+S)); and where the colluding validators' pay for approving own
/// claims is a gain too: C / ((1-r) S + (1-2r) R). Zhang et al., "Proof of sampling", arXiv
/// 2405.00295.
[[nodiscard]] double sampling_threshold(double C, double R, double S, double r);
[[nodiscard]] double sampling_threshold_with_pay(double C, double R, double S, double r);

/// V9: the jackpot from which on looking for planted faults pays, c / phi; and for how many finders
/// who share it as J / 2^(k-1) each it does, 1 + floor(log2(phi J / c)), for phi J >= c.
/// Teutsch and Reitwiessner, arXiv 1908.04756.
[[nodiscard]] double least_jackpot(double c, double phi);
[[nodiscard]] std::int64_t finders_worth_it(double phi, double J, double c);
/// V10: what n identities of one owner get of it among m others: n J / 2^(n+m-1).
[[nodiscard]] double jackpot_of_names(double J, std::int64_t n, std::int64_t m);

/// V13: the chance that a majority of 2m-1 votes is wrong when a share f of the voters agree on one
/// wrong answer. Sarmenta, FGCS 18(4), 2002.
[[nodiscard]] double majority_error(double f, std::int64_t m);
/// V24: the providers that BOINC's adaptive replication in pairs uses for a task of one with v
/// valid results in a row: 2 for v below 10, then 1 + 1/v.
[[nodiscard]] double adaptive_redundancy(std::int64_t v);
/// V25: the credibility of an answer that k new workers of iExec agree on, 2^k / (1 + 2^k), and how
/// many of them a trust takes: the least k with a credibility above 1 - 1/trust.
[[nodiscard]] double credibility_of_new(std::int64_t k);
[[nodiscard]] std::int64_t new_workers_for(double trust);

/// V15: the rounds of n-ary bisection over T places: ceil(log_N T), in exact integers. T >= 1,
/// N >= 2.
[[nodiscard]] std::int64_t bisection_rounds(std::int64_t T, std::int64_t N);

/// V16: the chance to wait in M/M/c at offered load a < c (Erlang C), and the mean wait there.
/// Erlang 1917; Kleinrock, "Queueing Systems" I, 1975.
[[nodiscard]] double erlang_c(double a, std::int64_t c);
[[nodiscard]] double mmc_wait(double lambda, double mu, std::int64_t c);
/// V17: the mean wait in M/G/1 by Pollaczek and Khinchine: lambda E[S^2] / (2 (1 - rho)).
[[nodiscard]] double mg1_wait(double lambda, double mean_service, double mean_square_service);
/// V17: the share of arrivals lost at c servers without a waiting room (Erlang B).
[[nodiscard]] double erlang_b(double a, std::int64_t c);

/// V8: the least bribe that keeps a verifier from checking where a share x of the tasks that are
/// not planted is cheated: lambda S + h + (phi J - k) / ((1 - phi) x). A check costs k, a catch
/// pays lambda S, a cheat that passes costs the verifier h, and a planted fault, which a share phi
/// of the tasks is, pays J.
[[nodiscard]] double bribe_floor(double lambda, double S, double h, double phi, double J, double k,
                                 double x);
/// V8: what a solver makes of a task at best, who saves s by cheating, and pays each of m verifiers
/// that floor where they would check: s C / A below s = A, s - A + C from there on, never less than
/// zero; A = m (lambda S + h), C = m (k - phi J) / (1 - phi).
[[nodiscard]] double bribery_profit(double s, double lambda, double S, double h, double phi,
                                    double J, double k, double m);
/// V8: the stake from which on cheating more with bribes gains nothing:
/// (s - m b) / (m lambda) - h / lambda, b = max(0, phi J - k) / (1 - phi).
[[nodiscard]] double collusion_proof_stake(double s, double lambda, double h, double phi, double J,
                                           double k, double m);

/// V14: Golem's lottery-driven verification, "Lottery-driven verification approach: evaluation",
/// golem-rd (2017). K apply, K_T of them are elected and share the work, one ticket wins the fee.
/// What a provider gains who holds a share p of the computing power and lets two empty identities
/// apply, when one of them gets in:
/// 2 p (K_T - 1) (K - K_T) / ((K - 1) (K - 2)) C (K_T - 1) / K_T^2.
[[nodiscard]] double golem_provider_gain(double p, double K, double K_T, double C);
/// V14: what a requester saves of its fee F for every provider of its own that applies:
/// F (K_T - 1) / K_T^2 K_T / K.
[[nodiscard]] double golem_requester_gain(double F, double K, double K_T);
/// V14: the chance that n lotteries, each won with probability p, are won at most w times.
[[nodiscard]] double at_most(std::int64_t n, double p, std::int64_t w);

/// V18: the expected price of a reverse auction among n bidders with independent costs uniform on
/// [0, 1], first or second price: 2 / (n + 1). Vickrey, J. Finance 16 (1961).
[[nodiscard]] double procurement_price(double n);
/// V18: the same at second price where r of the n enter only the cheapest of them:
/// 1 / (n - r + 1) + (n - r) / (n (n + 1)).
[[nodiscard]] double procurement_price_with_ring(double n, double r);

/// V22: the chance that a stake worth `cov` times the gain today is worth less than it after a time
/// in which the price's logarithm moves by a normal variable of mean -sigma^2 / 2 and standard
/// deviation sigma: Phi((sigma^2 / 2 - ln cov) / sigma).
[[nodiscard]] double under_collateralised(double cov, double sigma);

}  // namespace assay::analysis
