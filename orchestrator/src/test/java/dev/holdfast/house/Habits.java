package dev.holdfast.house;

import static com.tngtech.archunit.core.domain.JavaAccess.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaAccess.Predicates.targetOwner;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.lang.syntax.elements.GivenClassesConjunction;
import java.io.Serializable;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** What no class of ours does, main or test. Generated classes are not ours. */
final class Habits {

  private final String root;

  Habits(String root) {
    this.root = root;
  }

  /** Every rule, under a name that says what it is about. */
  Map<String, ArchRule> rules() {
    return Map.of(
        "names", namesSayWhatAThingIs(),
        "sleep", nobodySleeps(),
        "serializable", nothingIsSerializable(),
        "object streams", noObjectIsStreamed());
  }

  private ArchRule namesSayWhatAThingIs() {
    return ours()
        .should()
        .haveNameMatching(
            ".*[.$](Abstract[A-Z]\\w*|\\w*(Manager|Helper|Utils?|Impl|Base|Processor))")
        .because("such a name says nothing");
  }

  private ArchRule nobodySleeps() {
    return ours()
        .should()
        .accessTargetWhere(
            target(name("sleep"))
                .and(
                    targetOwner(
                        JavaClass.Predicates.equivalentTo(Thread.class)
                            .or(JavaClass.Predicates.equivalentTo(TimeUnit.class)))))
        .because("what is waited for has a name: wait for that, with a deadline");
  }

  private ArchRule nothingIsSerializable() {
    return ours()
        .should(nameSerializableThemselves())
        .because("what is kept or sent is a message of protocol/");
  }

  private ArchRule noObjectIsStreamed() {
    return ours()
        .should()
        .dependOnClassesThat()
        .haveNameMatching("java\\.io\\.Object(Input|Output)Stream")
        .because("what is kept or sent is a message of protocol/");
  }

  private GivenClassesConjunction ours() {
    return noClasses()
        .that()
        .resideInAPackage(root + "..")
        .and()
        .resideOutsideOfPackage(root + ".protocol..");
  }

  /** Not: inherit it. Every exception does. */
  private static ArchCondition<JavaClass> nameSerializableThemselves() {
    return new ArchCondition<>("implement Serializable") {
      @Override
      public void check(JavaClass type, ConditionEvents events) {
        var does =
            type.getRawInterfaces().stream().anyMatch(i -> i.isEquivalentTo(Serializable.class));
        events.add(
            new SimpleConditionEvent(type, does, type.getName() + " implements Serializable"));
      }
    };
  }
}
