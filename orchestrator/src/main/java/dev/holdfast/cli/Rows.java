package dev.holdfast.cli;

import com.google.protobuf.Timestamp;
import dev.holdfast.protocol.v1.AddWebhookResponse;
import dev.holdfast.protocol.v1.FailedDelivery;
import dev.holdfast.protocol.v1.HistoryEntry;
import dev.holdfast.protocol.v1.Job;
import dev.holdfast.protocol.v1.Node;
import dev.holdfast.protocol.v1.Profile;
import dev.holdfast.protocol.v1.Session;
import dev.holdfast.protocol.v1.Webhook;
import java.time.Duration;
import java.util.List;

/**
 * The tables of sessions, jobs, nodes, profiles, webhooks and history: which columns, in which
 * order.
 */
final class Rows {

  private final Surroundings around;
  private final Format format;

  Rows(Surroundings around, Format format) {
    this.around = around;
    this.format = format;
  }

  void sessions(List<Session> sessions) {
    format.print(around, sessions, this::sessionTable, Json::of, Session::getId);
  }

  void jobs(List<Job> jobs) {
    format.print(around, jobs, this::jobTable, Json::of, Job::getId);
  }

  void nodes(List<Node> nodes) {
    format.print(around, nodes, this::nodeTable, Json::of, Node::getAddress);
  }

  void profiles(List<Profile> profiles) {
    format.print(around, profiles, this::profileTable, Json::of, Profile::getName);
  }

  void history(List<HistoryEntry> entries) {
    format.print(
        around, entries, this::historyTable, Json::of, entry -> Long.toString(entry.getNumber()));
  }

  /** Entries of many sessions. */
  void events(List<HistoryEntry> entries) {
    format.print(around, entries, this::eventTable, Json::of, HistoryEntry::getCursor);
  }

  void webhooks(List<Webhook> webhooks) {
    format.print(around, webhooks, this::webhookTable, Json::of, Webhook::getId);
  }

  /** A new webhook, with the secret that is not shown again. */
  void added(AddWebhookResponse added) {
    format.print(
        around,
        List.of(added),
        forPeople ->
            new Table<AddWebhookResponse>()
                .column("ID", it -> it.getWebhook().getId())
                .elastic("URL", it -> it.getWebhook().getUrl())
                .column("SECRET", AddWebhookResponse::getSecret),
        Json::of,
        it -> it.getWebhook().getId());
  }

  void failed(List<FailedDelivery> deliveries) {
    format.print(
        around,
        deliveries,
        this::failedTable,
        Json::of,
        delivery -> Long.toString(delivery.getNumber()));
  }

  private Table<Session> sessionTable(boolean forPeople) {
    return new Table<Session>()
        .column("ID", Session::getId)
        .elastic("NAME", Session::getName)
        .column("STATE", Words::state)
        .column("AVAILABLE", session -> Words.of(session.getAvailability()))
        .column("QUEUED", session -> Integer.toString(session.getQueued()))
        .column(forPeople ? "AGE" : "CREATED", session -> when(forPeople, session.getCreatedAt()))
        .elastic("TARGET", Session::getTarget)
        .elastic("LABELS", session -> Words.labels(session.getLabelsMap()));
  }

  private Table<Job> jobTable(boolean forPeople) {
    return new Table<Job>()
        .column("ID", Job::getId)
        .elastic("SESSION", Job::getSessionName)
        .column("STATE", job -> Words.of(job.getState()))
        .column("EXIT", job -> job.hasExitCode() ? Integer.toString(job.getExitCode()) : "-")
        .column("PLACE", job -> job.getPosition() > 0 ? Integer.toString(job.getPosition()) : "-")
        .column(forPeople ? "AGE" : "SUBMITTED", job -> when(forPeople, job.getSubmittedAt()))
        .column("TOOK", this::took)
        .elastic("COMMAND", Job::getCommand);
  }

  private Table<Node> nodeTable(boolean forPeople) {
    return new Table<Node>()
        .column("ADDRESS", Node::getAddress)
        .column("STATUS", Node::getStatus)
        .column("SESSIONS", node -> Integer.toString(node.getSessions()))
        .column("OPENED", node -> Integer.toString(node.getOpened()))
        .column("PID", node -> Long.toString(node.getPid()))
        .column(forPeople ? "UP" : "STARTED", node -> when(forPeople, node.getStartedAt()))
        .elastic("VERSION", Node::getVersion)
        .elastic("JAVA", Node::getJava);
  }

  private Table<Profile> profileTable(boolean forPeople) {
    return new Table<Profile>()
        .column("NAME", Profile::getName)
        .column("VERSION", profile -> Integer.toString(profile.getVersion()))
        .column("STATE", profile -> profile.getDisabled() ? "Disabled" : "Enabled")
        .column("RESTRICTED", profile -> profile.getSpec().getRestricted() ? "yes" : "no")
        .column("CHANGED BY", Profile::getChangedBy)
        .column(forPeople ? "AGO" : "CHANGED", profile -> when(forPeople, profile.getChangedAt()))
        .elastic("DESCRIPTION", profile -> profile.getSpec().getDescription());
  }

  private Table<HistoryEntry> historyTable(boolean forPeople) {
    return new Table<HistoryEntry>()
        .column("NUMBER", entry -> Long.toString(entry.getNumber()))
        .column("AT", entry -> Words.time(entry.getAt()))
        .elastic("WHO", HistoryEntry::getWho)
        .elastic("FROM", HistoryEntry::getFrom)
        .column("WHAT", HistoryEntry::getWhat)
        .column("JOB", entry -> entry.getJob().isEmpty() ? "-" : entry.getJob())
        .elastic("DETAIL", HistoryEntry::getDetail);
  }

  private Table<HistoryEntry> eventTable(boolean forPeople) {
    return new Table<HistoryEntry>()
        .column("AT", entry -> Words.time(entry.getAt()))
        .column("SESSION", HistoryEntry::getSession)
        .elastic("NAME", HistoryEntry::getSessionName)
        .elastic("TARGET", HistoryEntry::getTarget)
        .elastic("WHO", HistoryEntry::getWho)
        .elastic("FROM", HistoryEntry::getFrom)
        .column("WHAT", HistoryEntry::getWhat)
        .column("JOB", entry -> entry.getJob().isEmpty() ? "-" : entry.getJob())
        .elastic("DETAIL", HistoryEntry::getDetail);
  }

  private Table<Webhook> webhookTable(boolean forPeople) {
    return new Table<Webhook>()
        .column("ID", Webhook::getId)
        .column("FAILED", webhook -> Integer.toString(webhook.getFailed()))
        .column(forPeople ? "AGE" : "CREATED", it -> when(forPeople, it.getCreatedAt()))
        .elastic("BY", Webhook::getCreatedBy)
        .elastic("URL", Webhook::getUrl)
        .elastic("WHAT", webhook -> String.join(",", webhook.getWhatList()))
        .elastic("TROUBLE", webhook -> webhook.getFailure().getCause());
  }

  private Table<FailedDelivery> failedTable(boolean forPeople) {
    return new Table<FailedDelivery>()
        .column("NUMBER", delivery -> Long.toString(delivery.getNumber()))
        .column("WHAT", delivery -> delivery.getEvent().getWhat())
        .column("SESSION", delivery -> delivery.getEvent().getSession())
        .column("ATTEMPTS", delivery -> Integer.toString(delivery.getAttempts()))
        .column(forPeople ? "AGE" : "FAILED", it -> when(forPeople, it.getFailedAt()))
        .elastic("CAUSE", delivery -> delivery.getFailure().getCause());
  }

  private String when(boolean forPeople, Timestamp time) {
    if (!forPeople) {
      return Words.time(time);
    }
    return Durations.rough(Duration.between(Words.instant(time), around.clock().instant()));
  }

  /** How long the job has run, to the millisecond once it has ended. */
  private String took(Job job) {
    if (!job.hasStartedAt()) {
      return "-";
    }
    var start = Words.instant(job.getStartedAt());
    if (job.hasEndedAt()) {
      var span = Duration.between(start, Words.instant(job.getEndedAt()));
      return Durations.show(
          span.isNegative()
              ? Duration.ZERO
              : span.toMillis() < 1000 ? span : Duration.ofSeconds(span.toSeconds()));
    }
    return Durations.rough(Duration.between(start, around.clock().instant()));
  }
}
