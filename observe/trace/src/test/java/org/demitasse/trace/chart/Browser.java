package org.demitasse.trace.chart;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A headless Chromium with one page, driven by the Chrome DevTools Protocol. */
final class Browser implements AutoCloseable {
  static final int WIDTH = 1000;
  static final int HEIGHT = 600;
  private static final int PATIENCE_SECONDS = 60;
  private static final Pattern LISTENING = Pattern.compile("DevTools listening on ws://([^/]+)/");
  private static final Pattern PAGE = Pattern.compile("\"webSocketDebuggerUrl\": \"(ws://[^\"]*/page/[^\"]*)\"");
  private static final Pattern ID = Pattern.compile("^\\{\"id\":(\\d+),");

  private final Process process;
  private final WebSocket socket;
  private final AtomicInteger ids = new AtomicInteger();
  private final Map<Integer, CompletableFuture<String>> replies = new ConcurrentHashMap<>();

  /** The browser's program, if this computer has one. */
  static Optional<String> program() {
    return Stream.of("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
        .filter(name ->
            Stream.of(System.getenv().getOrDefault("PATH", "").split(":"))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, name))))
        .findFirst();
  }

  Browser(String program, Path profile, Path page) throws Exception {
    List<String> command =
        List.of(
            program,
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--force-device-scale-factor=1",
            "--remote-debugging-port=0",
            "--user-data-dir=" + profile,
            "--window-size=%d,%d".formatted(WIDTH, HEIGHT),
            page.toUri().toString());
    process = new ProcessBuilder(command).redirectError(profile.resolveSibling("browser.log").toFile()).start();
    String host = awaitHost(profile.resolveSibling("browser.log"));
    HttpClient client = HttpClient.newHttpClient();
    socket = client.newWebSocketBuilder().buildAsync(URI.create(awaitPage(client, host)), new Listener()).join();
    call(
        "Emulation.setDeviceMetricsOverride",
        "{\"width\":%d,\"height\":%d,\"deviceScaleFactor\":1,\"mobile\":false}".formatted(WIDTH, HEIGHT));
    for (int n = 0; n < 100 && !evaluate("document.readyState").equals("complete"); n++) {
      Thread.sleep(100);
    }
  }

  private String awaitHost(Path log) throws IOException, InterruptedException {
    for (int n = 0; n < PATIENCE_SECONDS * 10; n++) {
      try (BufferedReader lines = Files.newBufferedReader(log, StandardCharsets.ISO_8859_1)) {
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
          Matcher found = LISTENING.matcher(line);
          if (found.find()) {
            return found.group(1);
          }
        }
      }
      Thread.sleep(100);
    }
    throw new IOException("the browser did not start: " + Files.readString(log));
  }

  private static String awaitPage(HttpClient client, String host) throws IOException, InterruptedException {
    HttpRequest list = HttpRequest.newBuilder(URI.create("http://" + host + "/json/list")).build();
    for (int n = 0; n < PATIENCE_SECONDS * 10; n++) {
      Matcher found = PAGE.matcher(client.send(list, HttpResponse.BodyHandlers.ofString()).body());
      if (found.find()) {
        return found.group(1);
      }
      Thread.sleep(100);
    }
    throw new IOException("the browser has no page");
  }

  private final class Listener implements WebSocket.Listener {
    private final StringBuilder text = new StringBuilder();

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
      text.append(part);
      if (last) {
        Matcher id = ID.matcher(text);
        if (id.find()) {
          CompletableFuture<String> waiting = replies.remove(Integer.valueOf(id.group(1)));
          if (waiting != null) {
            waiting.complete(text.toString());
          }
        }
        text.setLength(0);
      }
      from.request(1);
      return null;
    }
  }

  /** Sends a command and gives its whole answer. */
  String call(String method, String parameters) throws Exception {
    int id = ids.incrementAndGet();
    CompletableFuture<String> reply = new CompletableFuture<>();
    replies.put(id, reply);
    socket.sendText("{\"id\":%d,\"method\":\"%s\",\"params\":%s}".formatted(id, method, parameters), true).join();
    String answer = reply.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    if (answer.contains("\"exceptionDetails\"") || answer.startsWith("{\"id\":%d,\"error\"".formatted(id))) {
      throw new IOException(method + ": " + answer);
    }
    return answer;
  }

  /** The value of an expression in the page, as text. */
  String evaluate(String expression) throws Exception {
    String quoted = expression.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", " ");
    String answer = call("Runtime.evaluate", "{\"expression\":\"String(%s)\"}".formatted(quoted));
    int start = answer.indexOf("\"value\":\"") + 9;
    return answer.substring(start, answer.lastIndexOf("\"}")).replace("\\\"", "\"").replace("\\n", "\n");
  }

  /** Presses a key, as a person does. */
  void press(String key) throws Exception {
    String text = key.length() == 1 ? ",\"text\":\"%s\"".formatted(key) : "";
    int code =
        switch (key) {
          case "Enter" -> 13;
          case "Escape" -> 27;
          case "ArrowLeft" -> 37;
          case "ArrowUp" -> 38;
          case "ArrowRight" -> 39;
          case "ArrowDown" -> 40;
          default -> key.charAt(0);
        };
    String event = "\"key\":\"%s\",\"windowsVirtualKeyCode\":%d".formatted(key, code);
    call("Input.dispatchKeyEvent", "{\"type\":\"keyDown\",%s%s}".formatted(event, text));
    call("Input.dispatchKeyEvent", "{\"type\":\"keyUp\",%s}".formatted(event));
  }

  void mouse(String type, double x, double y) throws Exception {
    call(
        "Input.dispatchMouseEvent",
        "{\"type\":\"%s\",\"x\":%s,\"y\":%s,\"button\":\"%s\",\"clickCount\":%d}"
            .formatted(type, x, y, type.equals("mouseMoved") ? "none" : "left", type.equals("mouseMoved") ? 0 : 1));
  }

  void click(double x, double y) throws Exception {
    mouse("mouseMoved", x, y);
    mouse("mousePressed", x, y);
    mouse("mouseReleased", x, y);
  }

  void preferDark(boolean dark) throws Exception {
    call(
        "Emulation.setEmulatedMedia",
        "{\"features\":[{\"name\":\"prefers-color-scheme\",\"value\":\"%s\"}]}".formatted(dark ? "dark" : "light"));
  }

  /** What the page looks like now. */
  byte[] picture() throws Exception {
    call(
        "Runtime.evaluate",
        "{\"expression\":\"new Promise(r=>requestAnimationFrame(()=>requestAnimationFrame(r)))\","
            + "\"awaitPromise\":true}");
    String answer = call("Page.captureScreenshot", "{\"format\":\"png\"}");
    int start = answer.indexOf("\"data\":\"") + 8;
    return Base64.getDecoder().decode(answer.substring(start, answer.indexOf('"', start)));
  }

  @Override
  public void close() {
    socket.abort();
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly().onExit().join();
  }
}
