-- A decision about the law is one person's proposal and another's yes: the proposal does not change once it is made but for its answer, and
-- no decision comes without one. Decisions made before this release had one decider and stand.

CREATE FUNCTION workflows_law_proposal_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.state <> 'requested'
        OR (NEW.kind, NEW.about, NEW.value, NEW.document, NEW.requested_by_id, NEW.requested_at)
        IS DISTINCT FROM (OLD.kind, OLD.about, OLD.value, OLD.document, OLD.requested_by_id, OLD.requested_at) THEN
        RAISE EXCEPTION 'a decided proposal stands, and what was proposed does not change' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_proposal_guard BEFORE UPDATE OR DELETE ON workflows_lawproposal
    FOR EACH ROW EXECUTE FUNCTION workflows_law_proposal_guard();

CREATE FUNCTION workflows_law_decision_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM workflows_lawproposal p
        WHERE p.id = NEW.proposal_id AND p.state = 'approved'
            AND (p.kind, p.about, p.value, p.document, p.decided_by_id) = (NEW.kind, NEW.about, NEW.value, NEW.document, NEW.decided_by_id)
    ) THEN
        RAISE EXCEPTION 'a decision about the law is what a second person approved' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_decision_guard BEFORE INSERT ON workflows_lawdecision
    FOR EACH ROW EXECUTE FUNCTION workflows_law_decision_guard();

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'casedesk_app') THEN
        REVOKE DELETE, TRUNCATE ON workflows_lawproposal FROM casedesk_app;
    END IF;
END $$;
