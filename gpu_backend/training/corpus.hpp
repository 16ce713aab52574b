#pragma once

#include <string_view>

namespace assay::backend {

/// The text that workloads of `DataSource::Corpus` train on, in ASCII: the Declaration of
/// Independence of the United States (1776) as its National Archives transcribe it, which is in the
/// public domain everywhere.
[[nodiscard]] std::string_view corpus();

}  // namespace assay::backend
