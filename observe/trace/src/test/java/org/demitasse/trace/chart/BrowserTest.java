package org.demitasse.trace.chart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import javax.imageio.ImageIO;
import org.demitasse.trace.Script;
import org.demitasse.trace.record.EventKind;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The chart's page in a real browser: what it draws, and what mouse and keys do. */
@Timeout(120)
class BrowserTest {
  /** main 0-1000 { probe 100-300, mount 400-900 { read 500-700 { read 550-650 } } }. */
  private static final Script BOOT =
      new Script()
          .enter("boot", 0, "main")
          .enter("boot", 100, "probe")
          .exit("boot", 300, "probe")
          .event("boot", 350, EventKind.MILESTONE, "root mounted")
          .enter("boot", 400, "mount")
          .enter("boot", 500, "read")
          .enter("boot", 550, "read")
          .exit("boot", 650, "read")
          .exit("boot", 700, "read")
          .exit("boot", 900, "mount")
          .exit("boot", 1000, "main")
          .end(1000);

  @TempDir private static Path folder;
  private static Browser browser;

  @BeforeAll
  static void open() throws Exception {
    String program = Browser.program().orElse("");
    assumeTrue(!program.isEmpty(), "no chromium on PATH, and apt could not install one: the page is not looked at");
    Path page = folder.resolve("boot.html");
    try (Writer out = Files.newBufferedWriter(page)) {
      HtmlChart.write(ChartBuilder.forBrowser(BOOT), out);
    }
    browser = new Browser(program, Files.createDirectory(folder.resolve("profile")), page);
  }

  @AfterAll
  static void close() throws Exception {
    if (browser != null) {
      browser.close();
    }
  }

  @BeforeEach
  void startAnew() throws Exception {
    browser.preferDark(false);
    browser.evaluate("(chosen = -1, find(''), $('search').value = '', zoom(0, chart.length), canvas.focus())");
  }

  private static String view() throws Exception {
    return browser.evaluate("Math.round(from) + '-' + Math.round(to)");
  }

  private static String chosen() throws Exception {
    return browser.evaluate("chosen < 0 ? '' : names[bName[chosen]] + ' ' + bStart[chosen] + '-' + bEnd[chosen]");
  }

  @Test
  void keysMoveBetweenBoxesAndZoom() throws Exception {
    browser.press("ArrowDown");
    assertThat(chosen()).isEqualTo("main 0-1000");
    browser.press("ArrowDown");
    assertThat(chosen()).isEqualTo("probe 100-300");
    browser.press("ArrowRight");
    assertThat(chosen()).isEqualTo("mount 400-900");
    browser.press("Enter");
    assertThat(view()).isEqualTo("400-900");
    browser.press("ArrowDown");
    browser.press("ArrowDown");
    assertThat(chosen()).isEqualTo("read 550-650");
    browser.press("ArrowUp");
    assertThat(chosen()).isEqualTo("read 500-700");
    browser.press("+");
    assertThat(view()).isEqualTo("500-800");
    browser.press("a");
    assertThat(view()).isEqualTo("440-740");
    browser.press("0");
    assertThat(view()).isEqualTo("0-1000");
  }

  @Test
  void aSearchTellsTheShareAndCountsNoTimeTwice() throws Exception {
    browser.press("/");
    for (String key : "read".split("")) {
      browser.press(key);
    }
    assertThat(browser.evaluate("$('matched').textContent")).isEqualTo("2 boxes, 20.00 % of the work");
    browser.press("Enter");
    assertThat(chosen()).isEqualTo("read 500-700");
    browser.press("n");
    assertThat(chosen()).isEqualTo("read 550-650");
    browser.press("n");
    assertThat(chosen()).as("around").isEqualTo("read 500-700");
    browser.press("p");
    assertThat(chosen()).isEqualTo("read 550-650");
    browser.evaluate("find('(')");
    assertThat(browser.evaluate("$('matched').textContent")).isEqualTo("no regular expression");
  }

  @Test
  void aClickTellsOfABoxAndASecondOneZooms() throws Exception {
    String[] place =
        browser
            .evaluate(
                "(r => (r.left + x(650)) + ' ' + (r.top + tops[0] + HEAD + ROW * 1.5))(canvas.getBoundingClientRect())")
            .split(" ");
    double x = Double.parseDouble(place[0]);
    double y = Double.parseDouble(place[1]);
    browser.click(x, y);
    assertThat(browser.evaluate("$('detail').textContent"))
        .contains("mount")
        .contains("busy 500 instructions")
        .contains("self 300 instructions")
        .contains("share of all work 50.00 %");
    browser.click(x, y);
    assertThat(view()).isEqualTo("400-900");
    browser.evaluate("$('out').click()");
    assertThat(view()).isEqualTo("0-1000");
  }

  @Test
  void lightAndDarkAreDrawnInColoursAndTheMilestoneIsALine() throws Exception {
    BufferedImage light = picture("light");
    browser.preferDark(true);
    BufferedImage dark = picture("dark");
    assertThat(brightness(light)).isGreaterThan(200);
    assertThat(brightness(dark)).isLessThan(80);
    for (BufferedImage picture : new BufferedImage[] {light, dark}) {
      Set<Integer> colours = new HashSet<>();
      for (int x = 0; x < Browser.WIDTH; x += 3) {
        for (int y = 0; y < Browser.HEIGHT; y += 3) {
          colours.add(picture.getRGB(x, y));
        }
      }
      assertThat(colours).hasSizeGreaterThan(10);
    }
    browser.preferDark(false);
    int x = (int) Math.round(Double.parseDouble(browser.evaluate("canvas.getBoundingClientRect().left + x(350)")));
    int red = 0;
    BufferedImage line = picture("line");
    for (int y = 0; y < Browser.HEIGHT; y++) {
      int best = 0;
      for (int near = x - 1; near <= x + 1; near++) {
        int rgb = line.getRGB(near, y);
        best = Math.max(best, (rgb >> 16 & 255) - (rgb >> 8 & 255));
      }
      red += best > 60 ? 1 : 0;
    }
    assertThat(red).as("height of the milestone's line").isGreaterThan(Browser.HEIGHT / 2);
  }

  private static BufferedImage picture(String name) throws Exception {
    byte[] png = browser.picture();
    Path pictures = Files.createDirectories(Path.of("target", "pictures"));
    Files.write(pictures.resolve("chart-" + name + ".png"), png);
    return ImageIO.read(new ByteArrayInputStream(png));
  }

  private static int brightness(BufferedImage picture) {
    int rgb = picture.getRGB(Browser.WIDTH / 2, Browser.HEIGHT - 120);
    return ((rgb >> 16 & 255) + (rgb >> 8 & 255) + (rgb & 255)) / 3;
  }

  @Test
  void thePageLoadsNothingElse() throws Exception {
    assertThat(browser.evaluate("performance.getEntriesByType('resource').length")).isEqualTo("0");
    assertThat(browser.evaluate("document.title")).startsWith("a test ").endsWith(" flame chart");
  }
}
