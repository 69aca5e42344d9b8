// A library with functions of every shape.
#include "bridge.h"

OSDefineMetaClassAndStructors(BridgeBase, OSObject)

static double sum(const char *kinds, __builtin_va_list list) {
    double sum = 0;
    for (; *kinds; kinds++) {
        sum *= 2;
        switch (*kinds) {
        case 'i':
            sum += __builtin_va_arg(list, int);
            break;
        case 'l':
            sum += __builtin_va_arg(list, long);
            break;
        default:
            sum += __builtin_va_arg(list, double);
        }
    }
    return sum;
}

double bridge_sum(const char *kinds, ...) {
    __builtin_va_list list;
    __builtin_va_start(list, kinds);
    double result = sum(kinds, list);
    __builtin_va_end(list);
    return result;
}

double BridgeBase::many(const char *kinds, ...) {
    __builtin_va_list list;
    __builtin_va_start(list, kinds);
    double result = sum(kinds, list) + 1000;
    __builtin_va_end(list);
    return result;
}

Pair bridge_pair(long first, long second) { return {second, first}; }
Mixed bridge_mixed(long whole, double part) { return {whole + 1, part + 1}; }
Point bridge_point(double x, double y) { return {y, x}; }
long double bridge_long_double(long double number) { return number * 3; }

Large bridge_large(long seed, double part) {
    return {{seed, seed + 1, seed + 2, seed + 3, seed + 4, seed + 5}, {part, part + 1}};
}

double bridge_all(long a, long b, long c, long d, long e, long f, long g, double h, double i, double j, double k, double l,
                  double m, double n, double o, double p, Large q) {
    long whole = a + 2 * b + 3 * c + 5 * d + 7 * e + 11 * f + 13 * g;
    double part = h + 2 * i + 3 * j + 5 * k + 7 * l + 11 * m + 13 * n + 17 * o + 19 * p;
    return static_cast<double>(whole + q.words[0] + 2 * q.words[5]) + part + q.parts[0] + 2 * q.parts[1];
}

long bridge_step(long number, void *next) {
    __attribute__((musttail)) return reinterpret_cast<Step *>(next)(number * 10 + 1, next);
}
long bridge_last(long number, void *) { return number * 10 + 3; }

long BridgeBase::around(long number, BridgeBase *other) {
    __attribute__((musttail)) return other->back(number * 10 + 1, this);
}
long BridgeBase::back(long number, BridgeBase *) { return number * 10 + 9; }

Large BridgeBase::large(long seed, BridgeBase *other) {
    Large large = other ? other->large(seed + 10, nullptr) : bridge_large(seed, 0.5);
    large.words[5] += 1000;
    large.parts[1] += 1000;
    return large;
}
