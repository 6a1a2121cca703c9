package org.demitasse.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ConsoleWriterTest {
  @Test
  void writesEverythingInOrderBeforeItCloses() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ConsoleWriter writer = new ConsoleWriter(out, () -> {})) {
      for (int i = 0; i < 200_000; i++) {
        writer.put(i % 251);
      }
    }
    byte[] written = out.toByteArray();
    assertThat(written).hasSize(200_000);
    for (int i = 0; i < written.length; i++) {
      assertThat(written[i] & 0xff).isEqualTo(i % 251);
    }
  }

  @Test
  void hasWrittenAllWhenItIsDrained() throws InterruptedException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    OutputStream slow =
        new OutputStream() {
          @Override
          public void write(int value) throws IOException {
            try {
              Thread.sleep(200);
            } catch (InterruptedException hurry) {
              throw new IOException(hurry);
            }
            out.write(value);
          }
        };
    try (ConsoleWriter writer = new ConsoleWriter(slow, () -> {})) {
      writer.put('a');
      Thread.sleep(50); // taken, and not written yet
      writer.put('b');
      writer.drain();
      assertThat(out.toString(java.nio.charset.StandardCharsets.ISO_8859_1)).isEqualTo("ab");
    }
  }

  @Test
  void joinsBytesThatComeOneByOne() {
    AtomicInteger writes = new AtomicInteger();
    OutputStream out =
        new OutputStream() {
          @Override
          public void write(int value) {
            throw new AssertionError("one byte alone");
          }

          @Override
          public void write(byte[] bytes, int offset, int length) {
            writes.incrementAndGet();
          }
        };
    long start = System.nanoTime();
    try (ConsoleWriter writer = new ConsoleWriter(out, () -> {})) {
      for (int i = 0; i < 20_000; i++) {
        writer.put('x');
        Thread.onSpinWait();
      }
    }
    long millis = (System.nanoTime() - start) / 1_000_000;
    assertThat(writes.get()).isBetween(1, (int) millis + 4);
  }

  @Test
  void tellsThatNobodyReadsAndDropsTheRest() throws InterruptedException {
    CountDownLatch broken = new CountDownLatch(1);
    OutputStream out =
        new OutputStream() {
          @Override
          public void write(int value) throws IOException {
            throw new IOException("broken pipe");
          }
        };
    try (ConsoleWriter writer = new ConsoleWriter(out, broken::countDown)) {
      writer.put('x');
      assertThat(broken.await(10, TimeUnit.SECONDS)).isTrue();
      for (int i = 0; i < 200_000; i++) {
        writer.put('x');
      }
    }
  }
}
