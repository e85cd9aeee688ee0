package dev.holdfast.cli;

import dev.holdfast.protocol.v1.AddWebhookRequest;
import dev.holdfast.protocol.v1.FailedDelivery;
import dev.holdfast.protocol.v1.ListFailedDeliveriesRequest;
import dev.holdfast.protocol.v1.ListWebhooksRequest;
import dev.holdfast.protocol.v1.RemoveWebhookRequest;
import dev.holdfast.protocol.v1.RetryDeliveriesRequest;
import dev.holdfast.protocol.v1.Webhook;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "webhook",
    header = "Let another program be told of events by HTTP.",
    description = {
      "Each event of your sessions and jobs is sent as a signed POST, in order, until the receiver has"
          + " it. What could not be delivered is kept and can be sent again.",
      "The headers are those of Standard Webhooks: webhook-id, webhook-timestamp, webhook-signature."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  holdfast webhook add https://chat.example.org/in --what job-finished",
      "  holdfast webhook list",
      "  holdfast webhook failed k3v2x2m4q7pd",
      "  holdfast webhook retry k3v2x2m4q7pd",
      "  holdfast webhook remove k3v2x2m4q7pd"
    },
    synopsisSubcommandLabel = "COMMAND")
final class WebhookVerb implements Callable<Integer> {

  @Override
  public Integer call() {
    throw Failed.usage(
        "what is to be done about webhooks is missing",
        "`holdfast webhook list` shows those there are; add, remove, failed and retry are the others");
  }

  /** What the verbs about webhooks have in common. */
  private abstract static class Verb implements Callable<Integer> {
    final Surroundings around;

    @ArgGroup(validate = false, heading = ServerOptions.HEADING)
    ServerOptions server = new ServerOptions();

    @Mixin Format format = new Format();

    Verb(Surroundings around) {
      this.around = around;
    }

    abstract void act(Client client);

    @Override
    public Integer call() {
      try (var client = new Client(server, around)) {
        act(client);
      }
      return ExitCode.OK;
    }

    void show(List<Webhook> webhooks) {
      new Rows(around, format).webhooks(webhooks);
    }
  }

  @Command(
      name = "add",
      header = "Add a webhook, for what happens from now on.",
      description =
          "Prints the webhook, and its secret, which is shown this once: the receiver verifies the"
              + " signatures with it.",
      footerHeading = "%nExamples:%n",
      footer = {
        "  holdfast webhook add https://chat.example.org/in --what job-finished --what broke",
        "  holdfast webhook add http://127.0.0.1:8080/holdfast --output json"
      })
  static final class AddVerb extends Verb {
    @Parameters(
        paramLabel = "URL",
        description = "https://..., or http:// on the server's own machine.")
    String url;

    @Option(
        names = "--what",
        paramLabel = "WORD",
        description = "Only these events, such as job-finished; may be given many times.")
    List<String> what = new ArrayList<>();

    @Option(
        names = "--key",
        paramLabel = "KEY",
        description = "Idempotency key: the same key gives the same webhook. Default: a new one.")
    String key;

    AddVerb(Surroundings around) {
      super(around);
    }

    @Override
    void act(Client client) {
      var request =
          AddWebhookRequest.newBuilder()
              .setUrl(url)
              .addAllWhat(what)
              .setKey(Client.key(key))
              .build();
      var added = client.webhooks(webhooks -> webhooks.addWebhook(request));
      new Rows(around, format).added(added);
    }
  }

  @Command(
      name = "list",
      header = "List the webhooks.",
      description = "Lists your webhooks, how many deliveries have failed, and what is wrong now.",
      footerHeading = "%nExamples:%n",
      footer = "  holdfast webhook list --output json")
  static final class ListVerb extends Verb {
    ListVerb(Surroundings around) {
      super(around);
    }

    @Override
    void act(Client client) {
      var request = ListWebhooksRequest.getDefaultInstance();
      show(client.webhooks(webhooks -> webhooks.listWebhooks(request)).getWebhooksList());
    }
  }

  @Command(
      name = "remove",
      header = "Remove a webhook.",
      description = "Ends its deliveries, and forgets those that have failed.",
      footerHeading = "%nExamples:%n",
      footer = "  holdfast webhook remove k3v2x2m4q7pd")
  static final class RemoveVerb extends Verb {
    @Parameters(paramLabel = "ID", description = "As `holdfast webhook list` has it.")
    String id;

    RemoveVerb(Surroundings around) {
      super(around);
    }

    @Override
    void act(Client client) {
      var request = RemoveWebhookRequest.newBuilder().setId(id).build();
      Webhook removed = client.webhooks(webhooks -> webhooks.removeWebhook(request));
      show(List.of(removed));
    }
  }

  @Command(
      name = "failed",
      header = "List what could not be delivered.",
      description = "Lists the last 200 deliveries that were given up, oldest first, and why.",
      footerHeading = "%nExamples:%n",
      footer = "  holdfast webhook failed k3v2x2m4q7pd --output json")
  static final class FailedVerb extends Verb {
    @Parameters(paramLabel = "ID", description = "As `holdfast webhook list` has it.")
    String id;

    FailedVerb(Surroundings around) {
      super(around);
    }

    @Override
    void act(Client client) {
      var request = ListFailedDeliveriesRequest.newBuilder().setId(id).build();
      List<FailedDelivery> failed =
          client.webhooks(webhooks -> webhooks.listFailedDeliveries(request)).getDeliveriesList();
      new Rows(around, format).failed(failed);
    }
  }

  @Command(
      name = "retry",
      header = "Make failed deliveries again.",
      description =
          "Makes them again, each with as many attempts as at first. Those that succeed leave the"
              + " list of `holdfast webhook failed`.",
      footerHeading = "%nExamples:%n",
      footer = {
        "  holdfast webhook retry k3v2x2m4q7pd",
        "  holdfast webhook retry k3v2x2m4q7pd 3 4"
      })
  static final class RetryVerb extends Verb {
    @Parameters(index = "0", paramLabel = "ID", description = "As `holdfast webhook list` has it.")
    String id;

    @Parameters(
        index = "1..*",
        paramLabel = "NUMBER",
        description = "As `holdfast webhook failed` has them. Default: all.")
    List<Long> numbers = new ArrayList<>();

    RetryVerb(Surroundings around) {
      super(around);
    }

    @Override
    void act(Client client) {
      var request = RetryDeliveriesRequest.newBuilder().setId(id).addAllNumbers(numbers).build();
      Webhook now = client.webhooks(webhooks -> webhooks.retryDeliveries(request));
      show(List.of(now));
    }
  }
}
