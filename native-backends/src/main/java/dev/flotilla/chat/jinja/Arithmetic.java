package dev.flotilla.chat.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import org.jspecify.annotations.Nullable;

/** Python's arithmetic on two numbers. */
final class Arithmetic {
  private Arithmetic() {}

  static Value apply(Operator operator, Value left, Value right, Limits limits) {
    if (left instanceof FloatValue || right instanceof FloatValue) {
      return floats(operator, Numbers.asDouble(left), Numbers.asDouble(right));
    }
    Value narrow =
        Numbers.isLong(left) && Numbers.isLong(right)
            ? longs(operator, Numbers.asLong(left), Numbers.asLong(right))
            : null;
    return narrow == null
        ? integers(operator, Numbers.asBigInteger(left), Numbers.asBigInteger(right), limits)
        : narrow;
  }

  /** The result where 64 bits hold it and it is no error; null where it takes a closer look. */
  private static @Nullable Value longs(Operator operator, long a, long b) {
    return switch (operator) {
      case ADD -> ((a ^ (a + b)) & (b ^ (a + b))) < 0 ? null : IntValue.of(a + b);
      case SUB -> ((a ^ b) & (a ^ (a - b))) < 0 ? null : IntValue.of(a - b);
      case MUL -> Math.multiplyHigh(a, b) == (a * b) >> 63 ? IntValue.of(a * b) : null;
      case DIV -> b == 0 || !isExact(a) || !isExact(b) ? null : new FloatValue((double) a / b);
      case FLOOR_DIV -> b == 0 || b == -1 ? null : IntValue.of(Math.floorDiv(a, b));
      case MOD -> b == 0 ? null : IntValue.of(Math.floorMod(a, b));
      default -> null;
    };
  }

  /** Whether {@code value} surely is a double; the quotient of two such is rounded but once. */
  private static boolean isExact(long value) {
    return value >= -1L << 53 && value <= 1L << 53;
  }

  private static Value integers(Operator operator, BigInteger a, BigInteger b, Limits limits) {
    return switch (operator) {
      case ADD -> bounded(a.add(b), limits);
      case SUB -> bounded(a.subtract(b), limits);
      case MUL -> bounded(a.multiply(b), limits);
      case DIV -> divide(a, b);
      case FLOOR_DIV -> Numbers.integer(floorDivide(a, b));
      case MOD -> Numbers.integer(a.subtract(floorDivide(a, b).multiply(b)));
      case POW -> power(a, b, limits);
      default -> throw new IllegalArgumentException(operator.symbol());
    };
  }

  private static Value bounded(BigInteger value, Limits limits) {
    if (value.bitLength() > limits.integerBits()) {
      throw Failure.limit("an integer is wider than the limit allows");
    }
    return Numbers.integer(value);
  }

  /** The quotient correctly rounded, also where the operands are beyond doubles. */
  private static Value divide(BigInteger a, BigInteger b) {
    if (b.signum() == 0) {
      throw Failure.value("division by zero");
    }
    if (a.signum() == 0) {
      return new FloatValue(0.0 * b.signum());
    }
    double quotient =
        new BigDecimal(a).divide(new BigDecimal(b), new MathContext(800)).doubleValue();
    if (Double.isInfinite(quotient)) {
      throw Failure.value("integer division result too large for a float");
    }
    return new FloatValue(quotient);
  }

  private static BigInteger floorDivide(BigInteger a, BigInteger b) {
    if (b.signum() == 0) {
      throw Failure.value("integer division or modulo by zero");
    }
    BigInteger[] parts = a.divideAndRemainder(b);
    boolean roundsDown = parts[1].signum() != 0 && parts[1].signum() != b.signum();
    return roundsDown ? parts[0].subtract(BigInteger.ONE) : parts[0];
  }

  private static Value power(BigInteger base, BigInteger exponent, Limits limits) {
    if (exponent.signum() < 0) {
      return floatPower(base.doubleValue(), exponent.doubleValue());
    }
    boolean isUnit = base.abs().compareTo(BigInteger.ONE) <= 0;
    if (isUnit) {
      boolean isOdd = exponent.testBit(0);
      return Numbers.integer(exponent.signum() == 0 ? BigInteger.ONE : isOdd ? base : base.abs());
    }
    if (exponent.bitLength() > 31
        || (base.bitLength() - 1L) * exponent.longValue() > limits.integerBits()) {
      throw Failure.limit("an integer is wider than the limit allows");
    }
    return bounded(base.pow(exponent.intValue()), limits);
  }

  private static Value floats(Operator operator, double a, double b) {
    return switch (operator) {
      case ADD -> new FloatValue(a + b);
      case SUB -> new FloatValue(a - b);
      case MUL -> new FloatValue(a * b);
      case DIV -> {
        if (b == 0) {
          throw Failure.value("float division by zero");
        }
        yield new FloatValue(a / b);
      }
      case FLOOR_DIV -> new FloatValue(floorDivide(a, b));
      case MOD -> new FloatValue(modulo(a, b, "float modulo"));
      case POW -> floatPower(a, b);
      default -> throw new IllegalArgumentException(operator.symbol());
    };
  }

  /** As CPython computes it: from the remainder, so that quotient and remainder agree. */
  private static double floorDivide(double a, double b) {
    double remainder = modulo(a, b, "float floor division by zero");
    double quotient = (a - remainder) / b;
    if (quotient == 0) {
      return Math.copySign(0.0, a / b);
    }
    double floor = Math.floor(quotient);
    return quotient - floor > 0.5 ? floor + 1 : floor;
  }

  private static double modulo(double a, double b, String ifZero) {
    if (b == 0) {
      throw Failure.value(ifZero);
    }
    double remainder = a % b;
    if (remainder == 0) {
      return Math.copySign(0.0, b);
    }
    return (remainder < 0) == (b < 0) ? remainder : remainder + b;
  }

  private static Value floatPower(double base, double exponent) {
    if (base == 0 && exponent < 0) {
      throw Failure.value("0.0 cannot be raised to a negative power");
    }
    if (base < 0
        && !Double.isInfinite(base)
        && !Numbers.isIntegral(exponent)
        && !Double.isNaN(exponent)
        && !Double.isInfinite(exponent)) {
      throw Failure.unsupported("complex numbers are not supported");
    }
    if (base == 1 || (base == -1 && Double.isInfinite(exponent))) {
      return new FloatValue(1);
    }
    double result = Math.pow(base, exponent);
    if (Double.isInfinite(result) && !Double.isInfinite(base) && !Double.isInfinite(exponent)) {
      throw Failure.value("(34, 'Numerical result out of range')");
    }
    return new FloatValue(result);
  }
}
