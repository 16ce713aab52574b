#include "analysis/closed_forms.hpp"

#include <algorithm>
#include <cmath>

#include "sim/check.hpp"

namespace assay::analysis {

double detection(double q, double n) { return 1.0 - std::pow(1.0 - q, n); }

double detection_without_replacement(std::int64_t N, std::int64_t B, std::int64_t k) {
  SIM_CHECK(0 <= B && B <= N && 0 <= k && k <= N);
  double missed = 1.0;  // C(N - B, k) / C(N, k), factor by factor
  for (std::int64_t i = 0; i < k; ++i) {
    missed *= static_cast<double>(N - B - i) / static_cast<double>(N - i);
    if (missed <= 0.0) return 1.0;
  }
  return 1.0 - missed;
}

double break_even_rate(double c, double R, double S) { return c / (R + S); }

double partial_gain(double c, double R, double S, double q, double k, double x) {
  return x * c - q * detection(x, k) * (R + S);
}

double partial_gain_exact(double c, double R, double S, double q, std::int64_t k, std::int64_t b,
                          std::int64_t n) {
  const double x = static_cast<double>(b) / static_cast<double>(n);
  return x * c - q * detection_without_replacement(n, b, k) * (R + S);
}

double undetected_by_colluders(double r, double k) { return std::pow(r, k); }

double false_rejection(double sigma, double tau) {
  return std::erfc(tau / (sigma * std::sqrt(2.0)));
}

double false_rejection_log_normal(double m, double s, double tau) {
  return 0.5 * std::erfc(std::log(tau / m) / (s * std::sqrt(2.0)));
}

double slash_lands(double U, double D) { return -std::expm1(-U / D); }

double sampling_threshold(double C, double R, double S, double r) {
  return C / ((1.0 - r) * (R + S));
}

double sampling_threshold_with_pay(double C, double R, double S, double r) {
  return C / ((1.0 - r) * S + (1.0 - 2.0 * r) * R);
}

double least_jackpot(double c, double phi) { return c / phi; }

std::int64_t finders_worth_it(double phi, double J, double c) {
  std::int64_t finders = 0;
  for (double prize = phi * J; prize >= c; prize /= 2.0) ++finders;
  return finders;
}

double jackpot_of_names(double J, std::int64_t n, std::int64_t m) {
  return static_cast<double>(n) * std::ldexp(J, -static_cast<int>(n + m - 1));
}

double majority_error(double f, std::int64_t m) {
  const std::int64_t votes = 2 * m - 1;
  double error = 0.0;
  double ways = 1.0;  // C(votes, j)
  for (std::int64_t j = 0; j <= votes; ++j) {
    if (j >= m) {
      error += ways * std::pow(f, static_cast<double>(j)) *
               std::pow(1.0 - f, static_cast<double>(votes - j));
    }
    ways *= static_cast<double>(votes - j) / static_cast<double>(j + 1);
  }
  return error;
}

double adaptive_redundancy(std::int64_t v) {
  return v < 10 ? 2.0 : 1.0 + 1.0 / static_cast<double>(v);
}

double credibility_of_new(std::int64_t k) {
  const double weight = std::ldexp(1.0, static_cast<int>(k));
  return weight / (1.0 + weight);
}

std::int64_t new_workers_for(double trust) {
  std::int64_t k = 1;
  while (credibility_of_new(k) <= 1.0 - 1.0 / trust) ++k;
  return k;
}

std::int64_t bisection_rounds(std::int64_t T, std::int64_t N) {
  SIM_CHECK(T >= 1 && N >= 2);
  std::int64_t rounds = 0;
  for (std::int64_t left = T; left > 1; left = left / N + (left % N != 0 ? 1 : 0)) ++rounds;
  return rounds;
}

double erlang_b(double a, std::int64_t c) {
  double blocked = 1.0;
  for (std::int64_t servers = 1; servers <= c; ++servers) {
    blocked = a * blocked / (static_cast<double>(servers) + a * blocked);
  }
  return blocked;
}

double erlang_c(double a, std::int64_t c) {
  const double servers = static_cast<double>(c);
  SIM_CHECK(a < servers);
  const double b = erlang_b(a, c);
  return servers * b / (servers - a * (1.0 - b));
}

double mmc_wait(double lambda, double mu, std::int64_t c) {
  return erlang_c(lambda / mu, c) / (static_cast<double>(c) * mu - lambda);
}

double mg1_wait(double lambda, double mean_service, double mean_square_service) {
  const double load = lambda * mean_service;
  SIM_CHECK(load < 1.0);
  return lambda * mean_square_service / (2.0 * (1.0 - load));
}

double bribe_floor(double lambda, double S, double h, double phi, double J, double k, double x) {
  return lambda * S + h + (phi * J - k) / ((1.0 - phi) * x);
}

double bribery_profit(double s, double lambda, double S, double h, double phi, double J, double k,
                      double m) {
  const double A = m * (lambda * S + h);
  const double C = m * (k - phi * J) / (1.0 - phi);
  if (C <= 0.0) return std::max(0.0, s - A + C);
  if (C >= A) return s;  // nobody ever checks
  return s < A ? s * C / A : s - A + C;
}

double collusion_proof_stake(double s, double lambda, double h, double phi, double J, double k,
                             double m) {
  const double bonus = std::max(0.0, phi * J - k) / (1.0 - phi);
  return (s - m * bonus) / (m * lambda) - h / lambda;
}

double golem_provider_gain(double p, double K, double K_T, double C) {
  return 2.0 * p * (K_T - 1.0) * (K - K_T) / ((K - 1.0) * (K - 2.0)) * C * (K_T - 1.0) /
         (K_T * K_T);
}

double golem_requester_gain(double F, double K, double K_T) {
  return F * (K_T - 1.0) / (K_T * K_T) * K_T / K;
}

double at_most(std::int64_t n, double p, std::int64_t w) {
  double sum = 0.0;
  double term = std::pow(1.0 - p, static_cast<double>(n));  // won i times, i = 0, 1, ...
  for (std::int64_t i = 0; i <= w && i <= n; ++i) {
    sum += term;
    term *= static_cast<double>(n - i) / static_cast<double>(i + 1) * p / (1.0 - p);
  }
  return sum;
}

double procurement_price(double n) { return 2.0 / (n + 1.0); }

double procurement_price_with_ring(double n, double r) {
  return 1.0 / (n - r + 1.0) + (n - r) / (n * (n + 1.0));
}

double under_collateralised(double cov, double sigma) {
  const double z = (sigma * sigma / 2.0 - std::log(cov)) / sigma;
  return std::erfc(-z / std::sqrt(2.0)) / 2.0;
}

}  // namespace assay::analysis
