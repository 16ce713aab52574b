#pragma once

#include <cmath>
#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "gpu_backend/training/batch.hpp"

// The models once more, in double precision and without graph or operators: a function from
// parameters and batch to the loss, to compare with.
namespace assay::backend::exact {

using Numbers = std::vector<double>;
using Parameters = std::map<std::string, Numbers>;

inline double gelu(double x) {
  return 0.5 * x * (1.0 + std::tanh(std::sqrt(2.0 / std::acos(-1.0)) * (x + 0.044715 * x * x * x)));
}

/// One row through x w + b.
inline Numbers linear(const Parameters& p, const std::string& name, const Numbers& x) {
  const Numbers& weight = p.at(name + ".weight");
  Numbers y = p.at(name + ".bias");
  for (std::size_t k = 0; k < x.size(); ++k) {
    for (std::size_t n = 0; n < y.size(); ++n) y[n] += x[k] * weight[k * y.size() + n];
  }
  return y;
}

inline Numbers norm(const Parameters& p, const std::string& name, const Numbers& x) {
  const auto count = static_cast<double>(x.size());
  double mean = 0.0;
  for (const double value : x) mean += value / count;
  double variance = 0.0;
  for (const double value : x) variance += (value - mean) * (value - mean) / count;
  Numbers y(x.size());
  for (std::size_t c = 0; c < x.size(); ++c) {
    y[c] = (x[c] - mean) / std::sqrt(variance + 1e-5) * p.at(name + ".gain")[c] +
           p.at(name + ".bias")[c];
  }
  return y;
}

inline double surprise(const Numbers& logits, float label) {
  double sum = 0.0;
  for (const double logit : logits) sum += std::exp(logit);
  return std::log(sum) - logits[static_cast<std::size_t>(label)];
}

inline void bend(Numbers& row) {
  for (double& value : row) value = gelu(value);
}

/// Token and position at row `r` of a batch.
inline Numbers embedded(const Workload& w, const Parameters& p, const Batch& batch, std::size_t r) {
  const auto token = static_cast<std::size_t>(batch.ids[r]);
  Numbers x(w.channels);
  for (std::size_t c = 0; c < x.size(); ++c) {
    x[c] = p.at("tokens")[token * x.size() + c] + p.at("positions")[r % w.context * x.size() + c];
  }
  return x;
}

inline double mlp_loss(const Workload& w, const Parameters& p, const Batch& batch) {
  double loss = 0.0;
  for (std::size_t b = 0; b < w.batch; ++b) {
    Numbers x;
    for (std::size_t t = 0; t < w.context; ++t) {
      const Numbers one = embedded(w, p, batch, b * w.context + t);
      x.insert(x.end(), one.begin(), one.end());
    }
    for (std::uint32_t layer = 0; layer < w.layers; ++layer) {
      x = linear(p, "layer" + std::to_string(layer), x);
      bend(x);
    }
    loss += surprise(linear(p, "head", x), batch.labels[b]) / w.batch;
  }
  return loss;
}

/// What row `i` of a sequence gathers from itself and the rows before it.
inline Numbers attend(const Workload& w, const std::vector<Numbers>& qkv, std::size_t i) {
  const std::size_t channels = w.channels;
  const std::size_t width = channels / w.heads;
  Numbers y(channels, 0.0);
  for (std::size_t head = 0; head < channels; head += width) {
    Numbers shares(i + 1, 0.0);
    double sum = 0.0;
    for (std::size_t j = 0; j <= i; ++j) {
      double score = 0.0;
      for (std::size_t d = head; d < head + width; ++d) score += qkv[i][d] * qkv[j][channels + d];
      shares[j] = std::exp(score / std::sqrt(static_cast<double>(width)));
      sum += shares[j];
    }
    for (std::size_t j = 0; j <= i; ++j) {
      for (std::size_t d = head; d < head + width; ++d) {
        y[d] += shares[j] / sum * qkv[j][2 * channels + d];
      }
    }
  }
  return y;
}

inline double gpt_loss(const Workload& w, const Parameters& p, const Batch& batch) {
  const auto add = [](Numbers& x, const Numbers& y) {
    for (std::size_t c = 0; c < x.size(); ++c) x[c] += y[c];
  };
  double loss = 0.0;
  for (std::size_t b = 0; b < w.batch; ++b) {
    std::vector<Numbers> rows;
    for (std::size_t t = 0; t < w.context; ++t) {
      rows.push_back(embedded(w, p, batch, b * w.context + t));
    }
    for (std::uint32_t layer = 0; layer < w.layers; ++layer) {
      const std::string block = "block" + std::to_string(layer);
      std::vector<Numbers> qkv;
      for (const Numbers& x : rows)
        qkv.push_back(linear(p, block + ".qkv", norm(p, block + ".norm1", x)));
      for (std::size_t t = 0; t < rows.size(); ++t) {
        add(rows[t], linear(p, block + ".attended", attend(w, qkv, t)));
        Numbers wide = linear(p, block + ".wide", norm(p, block + ".norm2", rows[t]));
        bend(wide);
        add(rows[t], linear(p, block + ".narrow", wide));
      }
    }
    for (std::size_t t = 0; t < rows.size(); ++t) {
      const Numbers x = norm(p, "norm", rows[t]);
      Numbers logits(w.vocabulary, 0.0);
      for (std::size_t v = 0; v < logits.size(); ++v) {
        for (std::size_t c = 0; c < x.size(); ++c)
          logits[v] += x[c] * p.at("tokens")[v * x.size() + c];
      }
      loss += surprise(logits, batch.labels[b * w.context + t]) /
              static_cast<double>(batch.labels.size());
    }
  }
  return loss;
}

/// Pictures as rows of channels, point after point.
struct Pictures {
  std::size_t count = 0;
  std::size_t side = 0;
  std::vector<Numbers> points;
};

/// A convolution, written as the sum that it is.
inline Pictures convolve(const Parameters& p, const std::string& name, const Pictures& x,
                         int kernel, int stride) {
  const Numbers& weight = p.at(name + ".weight");
  const std::size_t inputs = x.points.front().size();
  const std::size_t outputs = weight.size() / (static_cast<std::size_t>(kernel * kernel) * inputs);
  const auto bias = p.find(name + ".bias");
  const int edge = static_cast<int>(x.side);
  Pictures y{x.count, (x.side - 1) / static_cast<std::size_t>(stride) + 1, {}};
  for (std::size_t picture = 0; picture < x.count; ++picture) {
    for (int row = 0; row < edge; row += stride) {
      for (int column = 0; column < edge; column += stride) {
        Numbers sum = bias == p.end() ? Numbers(outputs, 0.0) : bias->second;
        for (int i = 0; i < kernel; ++i) {
          for (int j = 0; j < kernel; ++j) {
            const int from_row = row + i - kernel / 2;
            const int from_column = column + j - kernel / 2;
            if (from_row < 0 || from_row >= edge || from_column < 0 || from_column >= edge)
              continue;
            const Numbers& from =
                x.points[(picture * x.side + static_cast<std::size_t>(from_row)) * x.side +
                         static_cast<std::size_t>(from_column)];
            for (std::size_t c = 0; c < inputs; ++c) {
              const auto place = static_cast<std::size_t>(i * kernel + j) * inputs + c;
              for (std::size_t n = 0; n < sum.size(); ++n) {
                sum[n] += from[c] * weight[place * sum.size() + n];
              }
            }
          }
        }
        y.points.push_back(std::move(sum));
      }
    }
  }
  return y;
}

/// Norm and gelu at each point.
inline Pictures bent(const Parameters& p, const std::string& name, Pictures x) {
  for (Numbers& point : x.points) {
    point = norm(p, name, point);
    bend(point);
  }
  return x;
}

inline double resnet_loss(const Workload& w, const Parameters& p, const Batch& batch) {
  Pictures x{w.batch, w.context, {}};
  for (std::size_t i = 0; i < batch.ids.size(); i += 3) {
    x.points.push_back({batch.ids[i], batch.ids[i + 1], batch.ids[i + 2]});
  }
  x = convolve(p, "stem", x, 3, 1);
  for (std::uint32_t i = 0; i < 3 * w.layers; ++i) {
    const std::string block = "block" + std::to_string(i);
    const int stride = i > 0 && i % w.layers == 0 ? 2 : 1;
    Pictures y = convolve(p, block + ".conv1", bent(p, block + ".norm1", x), 3, stride);
    y = convolve(p, block + ".conv2", bent(p, block + ".norm2", y), 3, 1);
    if (stride == 2) x = convolve(p, block + ".around", x, 1, 2);
    for (std::size_t point = 0; point < y.points.size(); ++point) {
      for (std::size_t c = 0; c < y.points[point].size(); ++c) {
        y.points[point][c] += x.points[point][c];
      }
    }
    x = std::move(y);
  }
  x = bent(p, "norm", std::move(x));
  const std::size_t each = x.points.size() / w.batch;
  double loss = 0.0;
  for (std::size_t picture = 0; picture < w.batch; ++picture) {
    Numbers seen;
    for (std::size_t point = 0; point < each; ++point) {
      const Numbers& here = x.points[picture * each + point];
      seen.insert(seen.end(), here.begin(), here.end());
    }
    loss += surprise(linear(p, "head", seen), batch.labels[picture]) / w.batch;
  }
  return loss;
}

/// The loss that a step with these parameters reports.
inline double loss(const Workload& w, const Parameters& p, std::uint64_t seed, std::uint64_t step) {
  double sum = 0.0;
  for (std::uint32_t micro = 0; micro < w.micro_batches; ++micro) {
    const Batch batch = draw_batch(w, seed, step, micro);
    sum += w.family == Family::Mlp   ? mlp_loss(w, p, batch)
           : w.family == Family::Gpt ? gpt_loss(w, p, batch)
                                     : resnet_loss(w, p, batch);
  }
  return sum / w.micro_batches;
}

}  // namespace assay::backend::exact
