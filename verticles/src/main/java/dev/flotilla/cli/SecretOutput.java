package dev.flotilla.cli;

import com.google.zxing.BarcodeFormat;
import com.google.zxing.WriterException;
import com.google.zxing.common.BitMatrix;
import com.google.zxing.qrcode.QRCodeWriter;
import java.io.PrintWriter;
import picocli.CommandLine.Option;

/** How a credential is printed: a line, and for a telephone's camera a QR code. */
final class SecretOutput {
  @Option(names = "--qr", description = "Print a QR code too.")
  private boolean qr;

  void print(PrintWriter out, String line) {
    out.println(line);
    if (qr) {
      out.print(qrCode(line));
    }
    out.flush();
  }

  /** Two rows of the code a line of text, dark on light whatever the terminal's colours are. */
  static String qrCode(String text) {
    try {
      BitMatrix code = new QRCodeWriter().encode(text, BarcodeFormat.QR_CODE, 0, 0);
      StringBuilder lines = new StringBuilder();
      for (int y = 0; y < code.getHeight(); y += 2) {
        lines.append("\u001b[30;47m");
        for (int x = 0; x < code.getWidth(); x++) {
          boolean upper = code.get(x, y);
          boolean lower = y + 1 < code.getHeight() && code.get(x, y + 1);
          lines.append(upper ? (lower ? '█' : '▀') : (lower ? '▄' : ' '));
        }
        lines.append("\u001b[0m\n");
      }
      return lines.toString();
    } catch (WriterException e) {
      throw new IllegalStateException("the line is too long for a QR code", e);
    }
  }
}
