// The kernels of every instruction set that this processor can run, against loops in float64 that follow the formulas:
// `make portability`. Prints a line per instruction set, and each case that is wrong; exit status 1 if any is.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "instruction_sets.hpp"

using namespace crossent;

namespace {

std::mt19937_64 random_bits(0);
double uniform(double low, double high) { return std::uniform_real_distribution<double>(low, high)(random_bits); }

int size_of(DType t) { return t == DType::float64 || t == DType::int64 ? 8 : t == DType::float32 ? 4 : 2; }

// Half a unit in the last place, some units for sums, relative to 1.
double tolerance(DType t) {
  switch (t) {
    case DType::float64: return 1e-13;
    case DType::float32: return 1e-5;
    case DType::float16: return 0x1p-10;
    default: return 0x1p-7;
  }
}

DType accumulate(DType t) { return t == DType::float64 ? DType::float64 : DType::float32; }

// Numbers of any floating type, read and written one by one. Made full of NaN: what no kernel has written is seen.
struct Array {
  DType type;
  std::vector<char> bytes;

  Array(DType type, int64_t n) : type(type), bytes(n * size_of(type), char(0xff)) {}

  double operator[](int64_t i) const {
    const char* at = &bytes[i * size_of(type)];
    if (type == DType::float64) return read<double>(at);
    if (type == DType::float32) return read<float>(at);
    const uint16_t bits = read<uint16_t>(at);
    if (type == DType::bfloat16) return read_bits(uint32_t(bits) << 16);
    const int exponent = bits >> 10 & 31, fraction = bits & 1023;
    const double size = exponent == 31 ? (fraction ? NAN : INFINITY)
                        : exponent     ? std::ldexp(1024 + fraction, exponent - 25)
                                       : std::ldexp(fraction, -24);
    return bits >> 15 ? -size : size;
  }

  // The number, cut to what the type holds.
  void set(int64_t i, double x) {
    char* at = &bytes[i * size_of(type)];
    if (type == DType::float64) return write(at, x);
    if (type == DType::float32) return write(at, float(x));
    const float narrow = float(x);
    uint32_t bits;
    std::memcpy(&bits, &narrow, 4);
    if (type == DType::bfloat16) return write(at, uint16_t(bits >> 16));
    const int exponent = int(bits >> 23 & 255) - 112;
    const uint32_t kept = exponent <= 0 ? 0 : uint32_t(exponent) << 10 | (bits >> 13 & 1023);
    write(at, uint16_t((bits >> 16 & 0x8000) | kept));
  }

  void fill(int64_t n, double low, double high) {
    for (int64_t i = 0; i < n; ++i) set(i, uniform(low, high));
  }
  void* address() { return bytes.data(); }

 private:
  template <class T>
  static T read(const char* at) {
    T x;
    std::memcpy(&x, at, sizeof(T));
    return x;
  }
  template <class T>
  static void write(char* at, T x) {
    std::memcpy(at, &x, sizeof(T));
  }
  static double read_bits(uint32_t bits) {
    float x;
    std::memcpy(&x, &bits, 4);
    return x;
  }
};

struct Shape {
  int64_t outer, classes, inner;
  bool last;  // the classes lie side by side

  int64_t positions() const { return outer * inner; }
  int64_t size() const { return positions() * classes; }
  // Where class c of position p lies.
  int64_t at(int64_t p, int64_t c) const {
    return last ? p * classes + c : (p / inner * classes + c) * inner + p % inner;
  }
  Values values(Array& a) const {
    if (last) return {a.bytes.data(), a.type, classes * inner, 1, classes};
    return {a.bytes.data(), a.type, classes * inner, inner, 1};
  }
};

struct Checks {
  std::string where;
  int64_t numbers = 0, wrong = 0;

  // `scale`: the size of the numbers that a sum is made of.
  void equal(const char* what, double got, double expected, DType type, double scale = 1) {
    near(what, got, expected, tolerance(type) * (std::fabs(expected) + scale));
  }

  void near(const char* what, double got, double expected, double distance) {
    ++numbers;
    if (got == expected || std::fabs(got - expected) <= distance) return;
    if (wrong++ < 20) std::printf("%s: %s is %.17g, not %.17g\n", where.c_str(), what, got, expected);
  }
};

enum class Kind { labels, probabilities, listed, listed_and_others };

struct Options {
  const char* name;
  Kind kind;
  bool weighted, factors;
  double smoothing, softcap, temperature;

  bool lists() const { return kind == Kind::listed || kind == Kind::listed_and_others; }
};

// Of each position: how many classes are listed, their ids in order (one not there, and equal ones where they are few), their
// masses (of void positions NaN), and what every other class has.
constexpr int64_t kListed = 5;
struct Listed {
  std::vector<int64_t> ids;
  Array masses, others;

  Listed(int64_t positions, int64_t classes, DType sums)
      : ids(positions * kListed), masses(sums, positions * kListed), others(sums, positions) {
    others.fill(positions, 0, 1.0 / classes);
    for (int64_t p = 0; p < positions; ++p) {
      int64_t* of = &ids[p * kListed];
      for (int64_t k = 0; k < kListed; ++k) of[k] = k ? int64_t(random_bits() % classes) : -1;
      std::sort(of, of + kListed);
      for (int64_t k = 0; k < kListed; ++k)
        if (!is_void(p)) masses.set(p * kListed + k, uniform(0, 1));
    }
  }
  static bool is_void(int64_t p) { return p % 5 == 3; }
};

// loss_p = s_p Σ_c q_pc (lse_p − z_pc), with z = softcap · tanh(x / softcap) / temperature and q from labels, probabilities
// or masses of listed classes.
void softmax(const Kernels& k, const Shape& s, DType type, const Options& o, Reduce reduce, Checks& checks) {
  const int64_t P = s.positions(), C = s.classes;
  const DType sums = accumulate(type);
  const bool by_label = o.kind == Kind::labels;
  Array x(type, s.size()), q(type, s.size()), weight(sums, C), grad(sums, P), loss(sums, P), saved(sums, 3 * P);
  Array early(type, s.size()), late(type, s.size()), lse(sums, P), entropy(sums, P), factors(sums, P);
  Array to_masses(sums, P * kListed);
  Listed listed(P, C, sums);
  x.fill(s.size(), -8, 8);
  q.fill(s.size(), 0, 2.0 / C);
  weight.fill(C, 0.5, 2);
  grad.fill(P, -1, 1);
  factors.fill(P, 0.5, 2);
  std::vector<int64_t> labels(P), prediction(P);
  std::vector<char> correct(P);
  for (int64_t p = 0; p < P; ++p) labels[p] = p % 5 == 3 ? -100 : int64_t(random_bits() % C);
  double total = 0;

  SoftmaxProblem problem{s.outer, C, s.inner, s.values(x), {}, labels.data(), DType::int64, nullptr, -100, o.smoothing,
                         false, 0, o.softcap, reduce, 1, nullptr, o.temperature};
  if (o.weighted) problem.weight = weight.address();
  if (o.factors) problem.factors = factors.address();
  if (!by_label) problem.labels = nullptr;
  if (o.kind == Kind::probabilities) problem.probabilities = s.values(q);
  if (o.lists()) problem.ids = listed.ids.data(), problem.listed = kListed, problem.masses = listed.masses.address();
  if (o.kind == Kind::listed_and_others) problem.base = listed.others.address();
  SoftmaxForward out{loss.address(), &total, saved.address(), lse.address(), prediction.data(),
                     reinterpret_cast<bool*>(correct.data()), entropy.address(), 1, {}};
  if (reduce != Reduce::none) out.grad_logits = s.values(early);
  k.softmax_forward(problem, out);
  k.softmax_backward(problem, {grad.address(), &total, saved.address(), s.values(late), {}, nullptr, nullptr, nullptr,
                               o.lists() ? to_masses.address() : nullptr});

  std::vector<double> z(C), slope(C), target(C), gradient(s.size()), of_masses(P * kListed);
  double mass = 0, sum = 0;
  for (int64_t p = 0; p < P; ++p) {
    double high = -INFINITY, below = 0, weights = 0, expected = 0, inner = 0;
    for (int64_t c = 0; c < C; ++c) {
      const double bent = o.softcap ? std::tanh(x[s.at(p, c)] / o.softcap) : 0;
      z[c] = (o.softcap ? o.softcap * bent : x[s.at(p, c)]) / o.temperature;
      slope[c] = (o.softcap ? 1 - bent * bent : 1) / o.temperature;
      high = std::max(high, z[c]);
    }
    const bool counts = by_label ? labels[p] >= 0 : !(o.lists() && Listed::is_void(p));
    const double factor = o.factors ? factors[p] : 1;
    for (int64_t c = 0; c < C; ++c) {
      below += std::exp(z[c] - high);
      target[c] = o.kind == Kind::probabilities       ? q[s.at(p, c)]
                  : o.kind == Kind::listed_and_others ? counts * listed.others[p]
                  : o.kind == Kind::listed            ? 0
                                                      : counts * ((1 - o.smoothing) * (labels[p] == c) + o.smoothing / C);
      if (o.weighted) target[c] *= weight[c];
    }
    const int64_t first = p * kListed, end = o.lists() && counts ? first + kListed : first;
    for (int64_t k = first; k < end; ++k)
      if (listed.ids[k] >= 0) target[listed.ids[k]] = 0;
    for (int64_t k = first; k < end; ++k)
      if (listed.ids[k] >= 0) target[listed.ids[k]] += listed.masses[k];
    for (int64_t c = 0; c < C; ++c) weights += target[c];
    const double normal = high + std::log(below);
    for (int64_t k = first; k < end; ++k)
      if (listed.ids[k] >= 0) of_masses[k] = factor * (normal - z[listed.ids[k]]);
    for (int64_t c = 0; c < C; ++c) expected += target[c] * (normal - z[c]), inner += std::exp(z[c] - normal) * z[c];
    expected *= factor;
    if (reduce == Reduce::none) checks.equal("loss", loss[p], expected, sums, 20 * std::max(1.0, weights));
    checks.equal("lse", lse[p], normal, sums, 8);
    checks.equal("entropy", entropy[p], normal - inner, sums, 20);
    checks.equal("prediction", z[prediction[p]], high, sums, 0);
    sum += expected;
    mass += !counts ? 0 : o.weighted && by_label ? weight[labels[p]] : 1;
    for (int64_t c = 0; c < C; ++c)
      gradient[s.at(p, c)] = factor * (weights * std::exp(z[c] - normal) - target[c]) * slope[c];
  }
  checks.equal("weight of all", total, mass, sums, mass);
  const double by = reduce == Reduce::mean ? mass : 1;
  if (reduce != Reduce::none) checks.equal("loss", loss[0], sum / by, sums, 20 * P / by);
  for (int64_t p = 0; p < P; ++p)
    for (int64_t c = 0; c < C; ++c) {
      const int64_t i = s.at(p, c);
      const double upstream = grad[reduce == Reduce::none ? p : 0] / by;
      checks.equal("gradient", late[i], upstream * gradient[i], type, 0.1 / by);
      if (reduce != Reduce::none) checks.equal("early gradient", early[i], gradient[i] / by, type, 0.1 / by);
    }
  for (int64_t i = 0; o.lists() && i < P * kListed; ++i)
    checks.equal("gradient of a mass", to_masses[i], grad[reduce == Reduce::none ? i / kListed : 0] / by * of_masses[i],
                 sums, 20 / by);
}

// loss_p = s_p Σ_c p_pc (log p_pc − log q_pc), with the softmax p of a teacher and q of a student, both over a temperature.
void distillation(const Kernels& k, const Shape& s, DType type, bool weighted, Reduce reduce, Checks& checks) {
  const int64_t P = s.positions(), C = s.classes;
  const DType sums = accumulate(type);
  const double temperature = weighted ? 0.7 : 2;
  Array student(type, s.size()), teacher(type, s.size()), factors(sums, P), grad(sums, P), loss(sums, P);
  Array saved(sums, 4 * P), early(type, s.size()), late(type, s.size());
  student.fill(s.size(), -8, 8), factors.fill(P, 0.5, 2), grad.fill(P, -1, 1);
  // Void positions keep their NaN.
  for (int64_t p = 0; p < P; ++p)
    for (int64_t c = 0; c < C && p % 5 != 3; ++c) teacher.set(s.at(p, c), uniform(-8, 8));
  double total = 0;

  const DistillationProblem problem{s.outer, C, s.inner, s.values(student), s.values(teacher),
                                    weighted ? factors.address() : nullptr, temperature, reduce, 1};
  DistillationForward out{loss.address(), &total, saved.address(), 1, {}};
  if (reduce != Reduce::none) out.grad_student = s.values(early);
  k.distillation_forward(problem, out);
  k.distillation_backward(problem, {grad.address(), &total, saved.address(), s.values(late)});

  std::vector<double> gradient(s.size());
  double sum = 0, mass = 0;
  for (int64_t p = 0; p < P; ++p) {
    const bool counts = p % 5 != 3;
    const double factor = !counts ? 0 : weighted ? factors[p] : 1;
    double of_student = 0, of_teacher = 0, expected = 0;
    for (int64_t c = 0; c < C && counts; ++c) {
      of_student += std::exp(student[s.at(p, c)] / temperature);
      of_teacher += std::exp(teacher[s.at(p, c)] / temperature);
    }
    for (int64_t c = 0; c < C && counts; ++c) {
      const double log_q = student[s.at(p, c)] / temperature - std::log(of_student);
      const double log_p = teacher[s.at(p, c)] / temperature - std::log(of_teacher);
      expected += factor * std::exp(log_p) * (log_p - log_q);
      gradient[s.at(p, c)] = factor * (std::exp(log_q) - std::exp(log_p)) / temperature;
    }
    if (reduce == Reduce::none) checks.equal("loss", loss[p], expected, sums, 20);
    sum += expected, mass += counts;
  }
  checks.equal("number of all", total, mass, sums, mass);
  const double by = reduce == Reduce::mean ? mass : 1;
  if (reduce != Reduce::none) checks.equal("loss", loss[0], sum / by, sums, 20 * P / by);
  for (int64_t p = 0; p < P; ++p)
    for (int64_t c = 0; c < C; ++c) {
      const int64_t i = s.at(p, c);
      checks.equal("gradient", late[i], grad[reduce == Reduce::none ? p : 0] / by * gradient[i], type, 0.1 / by);
      if (reduce != Reduce::none) checks.equal("early gradient", early[i], gradient[i] / by, type, 0.1 / by);
    }
}

// y = x − lse; dx = g − exp(y) Σ g; and the negative log likelihood of y.
void log_softmax(const Kernels& k, const Shape& s, DType type, Checks& checks) {
  const int64_t P = s.positions(), C = s.classes;
  const DType sums = accumulate(type);
  Array x(type, s.size()), y(type, s.size()), g(type, s.size()), dx(type, s.size()), dy(type, s.size());
  Array weight(sums, C), loss(sums, P), grad(sums, P);
  x.fill(s.size(), -8, 8), g.fill(s.size(), -1, 1), weight.fill(C, 0.5, 2), grad.fill(P, -1, 1);
  std::vector<int32_t> labels(P);
  for (int64_t p = 0; p < P; ++p) labels[p] = p % 5 == 3 ? -100 : int32_t(random_bits() % C);
  double total = 0;
  k.log_softmax_forward({s.outer, C, s.inner, s.values(x), s.values(y), {}, 1});
  k.log_softmax_backward({s.outer, C, s.inner, s.values(dx), s.values(y), s.values(g), 1});
  const NllProblem nll{s.outer, C, s.inner, s.values(y), labels.data(), DType::int32, weight.address(), -100,
                       Reduce::none, 1};
  k.nll_forward(nll, loss.address(), &total);
  NllProblem back = nll;
  back.log_p = s.values(dy);
  k.nll_backward(back, grad.address(), &total);
  double mass = 0;
  for (int64_t p = 0; p < P; ++p) {
    double below = 0, all = 0;
    for (int64_t c = 0; c < C; ++c) below += std::exp(x[s.at(p, c)]), all += g[s.at(p, c)];
    for (int64_t c = 0; c < C; ++c) {
      const int64_t i = s.at(p, c);
      checks.equal("log_softmax", y[i], x[i] - std::log(below), type, 8);
      checks.equal("gradient of log_softmax", dx[i], g[i] - std::exp(y[i]) * all, type, 1 + std::fabs(all));
      checks.equal("gradient of nll", dy[i], c == labels[p] ? -weight[c] * grad[p] : 0, type, 0);
    }
    const bool counts = labels[p] >= 0;
    checks.equal("nll", loss[p], counts ? -weight[labels[p]] * y[s.at(p, labels[p])] : 0, sums);
    mass += counts ? weight[labels[p]] : 0;
  }
  checks.equal("weight of all", total, mass, sums, mass);
}

// loss = w ((1 − t) z + (1 + (p − 1) t) log(1 + exp(−z))), n rows of m scores, p by column; w by row.
void sigmoid(const Kernels& k, int64_t n, int64_t m, DType type, bool weighted, Checks& checks) {
  const DType sums = accumulate(type);
  Array z(type, n * m), t(type, n * m), w(sums, n), p(sums, m), loss(sums, n * m), g(sums, n * m), dz(type, n * m);
  Array early(type, n * m);
  z.fill(n * m, -12, 12), t.fill(n * m, 0, 1), w.fill(n, 0.5, 2), p.fill(m, 0.5, 2), g.fill(n * m, -1, 1);
  const auto operand = [&](Array& a, int64_t row, int64_t column) {
    Operand made{a.bytes.data(), a.type, {}};
    made.strides[0] = row, made.strides[1] = column;
    return made;
  };
  SigmoidProblem problem{2, {}, operand(z, m, 1), operand(t, m, 1), {}, {}, true, false, 0, 0, 1};
  problem.sizes[0] = n, problem.sizes[1] = m;
  if (weighted) problem.weight = operand(w, 1, 0), problem.pos_weight = operand(p, 0, 1);
  double total = 0, count = 0, sum = 0;
  k.sigmoid_forward(problem, {operand(loss, m, 1), &total, &count, 0.5, operand(early, m, 1)});
  k.sigmoid_backward(problem, {operand(g, m, 1), operand(dz, m, 1), {}});
  for (int64_t i = 0; i < n; ++i)
    for (int64_t j = 0; j < m; ++j) {
      const int64_t at = i * m + j;
      const double x = z[at], y = t[at], weight = weighted ? w[i] : 1, positive = weighted ? p[j] : 1;
      const double factor = 1 + (positive - 1) * y, soft = std::log1p(std::exp(-std::fabs(x))) + std::max(-x, 0.0);
      const double expected = weight * ((1 - y) * x + factor * soft);
      const double gradient = weight * ((1 - y) - factor / (1 + std::exp(x)));
      sum += expected;
      checks.equal("loss", loss[at], expected, sums, 12);
      checks.equal("early gradient", early[at], 0.5 * gradient, type);
      checks.equal("gradient", dz[at], g[at] * gradient, type);
    }
  checks.equal("sum", total, sum, sums, 12.0 * n * m);
  checks.equal("count", count, double(n * m), sums, 0);
}

void functions(const Kernels& k, DType type, Checks& checks) {
  struct Function {
    const char* name;
    double low, high, (*truth)(double);
  };
  const Function all[] = {{"exp", -80, 80, [](double x) { return std::exp(x); }},
                          {"expm1", -20, 0, [](double x) { return std::expm1(x); }},
                          {"log", 1e-30, 1e30, [](double x) { return std::log(x); }},
                          {"log1p", 0, 1, [](double x) { return std::log1p(x); }},
                          {"log1m", 0, 0.999, [](double x) { return std::log1p(-x); }},
                          {"tanh", -9, 9, [](double x) { return std::tanh(x); }}};
  for (const Function& f : all) {
    Array x(type, 1000), y(type, 1000);
    x.fill(1000, f.low, f.high);
    k.evaluate(f.name, type, x.address(), y.address(), 1000);
    // Four units in the last place.
    const double unit = type == DType::float64 ? 0x1p-52 : 0x1p-23;
    for (int64_t i = 0; i < 1000; ++i)
      checks.near(f.name, y[i], f.truth(x[i]), 4 * unit * std::fabs(f.truth(x[i])));
  }
}

const Options kOptions[] = {{"labels", Kind::labels, false, false, 0, 0, 1},
                            {"weights", Kind::labels, true, false, 0, 0, 1},
                            {"smoothing, factors", Kind::labels, false, true, 0.1, 0, 1},
                            {"probabilities, weights", Kind::probabilities, true, false, 0, 0, 1},
                            {"soft cap, temperature", Kind::labels, false, false, 0, 5, 0.7},
                            {"listed, factors", Kind::listed, false, true, 0, 0, 1},
                            {"listed and others, soft cap", Kind::listed_and_others, false, false, 0, 5, 0.7},
                            {"listed and others, weights", Kind::listed_and_others, true, false, 0, 0, 1}};
// Rows of many classes, of few, one row of more than a block; planes of few classes and of many.
const Shape kShapes[] = {{37, 1000, 1, true}, {70, 7, 1, true}, {3, 20011, 1, true}, {2, 3, 301, false}, {3, 70, 33, false}};
const DType kTypes[] = {DType::float32, DType::float64, DType::bfloat16, DType::float16};
const char* const kNames[] = {"float32", "float64", "bfloat16", "float16"};

}  // namespace

int main() {
  bool fine = true;
  for (const InstructionSet& set : instruction_sets()) {
    Checks checks;
    for (int t = 0; t < 4; ++t) {
      const std::string type = set.name + ", " + kNames[t];
      for (const Shape& s : kShapes) {
        const std::string shape = type + ", " + std::to_string(s.outer) + " x " + std::to_string(s.classes) + " x " +
                                  std::to_string(s.inner) + ": ";
        for (const Options& o : kOptions)
          for (const Reduce reduce : {Reduce::none, Reduce::sum, Reduce::mean}) {
            checks.where = shape + "cross entropy, " + o.name;
            softmax(*set.kernels, s, kTypes[t], o, reduce, checks);
          }
        for (const bool weighted : {false, true})
          for (const Reduce reduce : {Reduce::none, Reduce::sum, Reduce::mean}) {
            checks.where = shape + "distillation" + (weighted ? ", factors" : "");
            distillation(*set.kernels, s, kTypes[t], weighted, reduce, checks);
          }
        checks.where = shape + "log_softmax, nll";
        log_softmax(*set.kernels, s, kTypes[t], checks);
      }
      for (const bool weighted : {false, true}) {
        checks.where = type + ": binary cross entropy" + (weighted ? ", weights" : "");
        sigmoid(*set.kernels, 41, 33, kTypes[t], weighted, checks);
      }
      checks.where = type + ": functions";
      if (size_of(kTypes[t]) > 2) functions(*set.kernels, kTypes[t], checks);
    }
    std::printf("%-8s %lld numbers compared, %lld wrong\n", set.name.c_str(), (long long)checks.numbers,
                (long long)checks.wrong);
    fine = fine && checks.numbers && !checks.wrong;
  }
  return !fine;
}
