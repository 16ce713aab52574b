#pragma once

#include <span>
#include <string>

#include "analysis/report/page.hpp"
#include "analysis/study.hpp"
#include "analysis/tuning/deviation.hpp"

/// What the pages of studies share beside their answers.
namespace assay::analysis {

/// The question and the answer, as a page opens.
[[nodiscard]] std::string opening(const StudyFacts& facts, const std::string& headline);
/// A run cut short and runs that failed; usually empty.
[[nodiscard]] std::string study_banner(const StudyFacts& facts);
/// Attacks that were not tried, and why; usually empty.
[[nodiscard]] std::string left_out_section(std::span<const AttackLeftOut> left_out);
/// What the numbers rest on, the scenario, how to repeat it, what is not modelled, the glossary.
[[nodiscard]] std::string study_sections(const StudyFacts& facts);

}  // namespace assay::analysis
