package dev.holdfast.session;

import java.time.Instant;

/** Where every id begins: nothing was asked yet. */
public record New() implements Session {
  @Override
  public Core core() {
    return Core.NONE;
  }

  @Override
  public Session with(Core core) {
    return this;
  }

  @Override
  public Decision on(Command.Open c, Instant now) {
    return new Draft(this, now)
        .write(new Event.Requested(c.id(), c.terms(), c.owner()))
        .connect()
        .done();
  }

  @Override
  public Decision on(Command.Remove c, Instant now) {
    return unknown();
  }

  @Override
  public Decision on(Command.Submit c, Instant now) {
    return unknown();
  }

  @Override
  public Decision on(Command.Cancel c, Instant now) {
    return unknown();
  }

  @Override
  public Decision on(Command.Move c, Instant now) {
    return unknown();
  }

  @Override
  public Decision on(Command.GiveInput c, Instant now) {
    return unknown();
  }

  @Override
  public Decision on(Command.EndInput c, Instant now) {
    return unknown();
  }

  @Override
  public Decision on(Command.MarkRead c, Instant now) {
    return unknown();
  }

  @Override
  public Decision on(Command.Disconnect c, Instant now) {
    return unknown();
  }

  @Override
  public Decision on(Command.Connect c, Instant now) {
    return unknown();
  }

  @Override
  public Decision on(Command.Repair c, Instant now) {
    return unknown();
  }

  @Override
  public Decision on(Command.BeginCopy c, Instant now) {
    return unknown();
  }

  @Override
  public Decision on(Command.EndCopy c, Instant now) {
    return unknown();
  }

  @Override
  public Decision on(Command.StayInUse c, Instant now) {
    return unknown();
  }

  @Override
  public Decision on(Command.Look c, Instant now) {
    return unknown();
  }

  private static Decision unknown() {
    return Steps.refuse(
        "not-found", "there is no such session", "'holdfast list' shows the sessions there are");
  }
}
