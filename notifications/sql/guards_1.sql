-- The mailroom's guards in the database itself: content stays as posted, notices only move forward, proofs are only added.
-- Loaded by a migration of its own after the tables; a change gets a new number.

CREATE FUNCTION notifications_notice_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    movable CONSTANT text[] := ARRAY['state', 'delivered_at', 'receipted_at', 'receipt_signer', 'receipt_agency',
        'receipt_actor_ref', 'receipt_sha256', 'answered_at', 'answer_text', 'answer_ref', 'answer_signer', 'answer_actor_ref'];
    ranks CONSTANT text[] := ARRAY['posted', 'delivered', 'receipted', 'answered'];
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a notice is not deleted' USING ERRCODE = 'restrict_violation';
    END IF;
    IF (to_jsonb(NEW) - movable) IS DISTINCT FROM (to_jsonb(OLD) - movable) THEN
        RAISE EXCEPTION 'the content of a notice does not change after posting' USING ERRCODE = 'restrict_violation';
    END IF;
    IF array_position(ranks, NEW.state::text) < array_position(ranks, OLD.state::text) THEN
        RAISE EXCEPTION 'a notice does not go back from % to %', OLD.state, NEW.state USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.delivered_at IS NOT NULL AND NEW.delivered_at IS DISTINCT FROM OLD.delivered_at THEN
        RAISE EXCEPTION 'the moment of delivery stands' USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.receipted_at IS NOT NULL AND
       (NEW.receipted_at, NEW.receipt_signer, NEW.receipt_agency, NEW.receipt_actor_ref, NEW.receipt_sha256) IS DISTINCT FROM
       (OLD.receipted_at, OLD.receipt_signer, OLD.receipt_agency, OLD.receipt_actor_ref, OLD.receipt_sha256) THEN
        RAISE EXCEPTION 'a signed receipt stands' USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.answered_at IS NOT NULL AND
       (NEW.answered_at, NEW.answer_text, NEW.answer_ref, NEW.answer_signer, NEW.answer_actor_ref) IS DISTINCT FROM
       (OLD.answered_at, OLD.answer_text, OLD.answer_ref, OLD.answer_signer, OLD.answer_actor_ref) THEN
        RAISE EXCEPTION 'a given answer stands' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER notice_guard BEFORE UPDATE OR DELETE ON notifications_notice
    FOR EACH ROW EXECUTE FUNCTION notifications_notice_guard();

CREATE FUNCTION notifications_delivery_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.key, NEW.notice_id, NEW.channel, NEW.payload, NEW.payload_sha256, NEW.created_at) IS DISTINCT FROM
       (OLD.key, OLD.notice_id, OLD.channel, OLD.payload, OLD.payload_sha256, OLD.created_at) THEN
        RAISE EXCEPTION 'the payload of a delivery does not change after posting' USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.state = 'done' THEN
        RAISE EXCEPTION 'a delivery that is done stays done' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER delivery_guard BEFORE UPDATE ON notifications_delivery
    FOR EACH ROW EXECUTE FUNCTION notifications_delivery_guard();

CREATE FUNCTION notifications_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER deliveryattempt_append_only BEFORE UPDATE OR DELETE ON notifications_deliveryattempt
    FOR EACH ROW EXECUTE FUNCTION notifications_append_only();
CREATE TRIGGER receipt_append_only BEFORE UPDATE OR DELETE ON notifications_receipt
    FOR EACH ROW EXECUTE FUNCTION notifications_append_only();

REVOKE UPDATE, DELETE ON notifications_deliveryattempt, notifications_receipt FROM casedesk_app;
REVOKE DELETE ON notifications_notice, notifications_delivery, notifications_inboxitem, notifications_mailtask FROM casedesk_app;

-- A queue table lives by its vacuum: dead versions lie in front of the next due row.
ALTER TABLE notifications_delivery SET (autovacuum_vacuum_scale_factor = 0.02, fillfactor = 80);
